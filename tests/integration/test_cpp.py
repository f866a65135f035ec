"""The runtime interface client for C++ under the emulator: the handler of tests/payload, which does what its event says."""

import json
import os
import platform
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from clients import boto3_client, with_boto3
from test_streaming import collected, stream

ROOT = Path(__file__).resolve().parents[2]
HANDLER = ROOT / os.environ.get("RIC_HANDLER", f"build/static-{platform.machine()}/bin/ric_handler")


@pytest.fixture
def start_cpp(start, tmp_path):
    """start_cpp(flags..., environment=...) starts the emulator with the handler."""

    def start_cpp(*flags, environment=None):
        return start((HANDLER,), tmp_path, *flags, environment=environment)

    return start_cpp


def say(text):
    return json.dumps(text, ensure_ascii=False).encode()


def described(answer):
    return dict(line.split("=", 1) for line in answer.body.decode().splitlines())


def test_an_answer_and_an_error(start_cpp):
    emulator = start_cpp()
    for text in ("hello", "grüße", "x" * 1_000_000):
        answer = with_boto3(emulator, "hello", say(text))
        assert (answer.status, answer.error, answer.json()) == (200, None, text)
    failed = with_boto3(emulator, "hello", say("throw own no"))
    assert (failed.status, failed.error) == (200, "Unhandled")
    assert failed.json() == {"errorMessage": "no", "errorType": "app::Trouble", "stackTrace": []}
    deep = with_boto3(emulator, "hello", say("fail_deep"))
    assert deep.json()["errorType"] == "App.Deep" and len(deep.json()["stackTrace"]) == 100


def test_what_the_handler_is_told(start_cpp):
    emulator = start_cpp(environment={"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512"})
    headers = {"X-Amzn-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=1", "X-Amz-Tenant-Id": "blue"}
    client = boto3_client(emulator)
    client.meta.events.register("before-send.lambda", lambda request, **_: request.headers.update(headers) or None)
    told = described(with_boto3(emulator, "hello", say("context"), client))
    assert told["trace_id"].startswith("Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700")
    assert (told["tenant_id"], told["function_name"], told["memory_limit_mb"]) == ("blue", "test_function", "512")
    assert told["invoked_function_arn"].endswith(":function:test_function")
    assert told["invocation_id"] and 0 < int(told["remaining"]) <= 300_000
    # Each invocation has a parent of its own.
    variable = with_boto3(emulator, "hello", say("variable _X_AMZN_TRACE_ID"), client).body
    assert variable.startswith(b"Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=")
    emulator.wait_for_stdout(rb"END RequestId")


def test_too_large_an_answer_is_one_invocation_s(start_cpp):
    emulator = start_cpp()
    answer = with_boto3(emulator, "hello", say("large 7000000"))
    assert answer.error == "Unhandled" and answer.json()["errorType"] == "Function.ResponseSizeTooLarge"
    assert with_boto3(emulator, "hello", say("then")).json() == "then"
    emulator.wait_for_stdout(rb"\[ERROR\]\t.*\tpost the response: 413 ")


def test_a_stream(start_cpp, tmp_path):
    gate = tmp_path / "gate"
    emulator = start_cpp(environment={"HANDLER": "stream"})
    answer, events = stream(emulator, say(f"w first ;wait_for {gate};w second"))
    assert answer["StatusCode"] == 200
    assert next(events)["PayloadChunk"]["Payload"] == b"first "
    gate.touch()
    assert collected(events) == (b"second", {})


def test_a_stream_that_fails(start_cpp):
    emulator = start_cpp(environment={"HANDLER": "stream"})
    payload, complete = collected(stream(emulator, say("w half;fail App.Error é"))[1])
    assert (payload, complete["ErrorCode"]) == (b"half", "App.Error")
    assert json.loads(complete["ErrorDetails"])["errorMessage"] == "é"
    payload, complete = collected(stream(emulator, say("fail App.Error no"))[1])
    assert json.loads(complete["ErrorDetails"])["errorType"] == "App.Error"


def test_a_large_stream(start_cpp):
    emulator = start_cpp(environment={"HANDLER": "stream"})
    payload, complete = collected(stream(emulator, say("large 50 100000"))[1])
    assert (payload, complete) == (b"x" * 5_000_000, {})


@pytest.mark.parametrize(
    "handler, type_, message",
    [
        ("init_throws", "app::Trouble", "no database"),
        ("init_fails", "App.InitError", "no täble"),
        ("fail_init", "App.ConfigError", "TABLE is not set"),
    ],
)
def test_an_init_error(start_cpp, handler, type_, message):
    emulator = start_cpp(environment={"HANDLER": handler})
    for _ in range(2):
        failed = with_boto3(emulator, "hello", b"{}").json()
        assert (failed["errorType"], failed["errorMessage"]) == (type_, message)


def test_several_invocations_at_a_time(start_cpp, tmp_path):
    emulator = start_cpp(environment={"AWS_LAMBDA_MAX_CONCURRENCY": "4"})
    gate = tmp_path / "gate"
    slow = []
    caller = threading.Thread(target=lambda: slow.append(with_boto3(emulator, "hello", say(f"wait_for {gate}"))))
    caller.start()
    with ThreadPoolExecutor(3) as pool:
        events = [b'"caller %d"' % number for number in range(60)]
        answers = list(pool.map(lambda event: with_boto3(emulator, "hello", event), events))
    assert [answer.body for answer in answers] == events
    assert len({answer.request_id for answer in answers}) == 60
    gate.touch()
    caller.join()
    assert slow[0].json() == f"wait_for {gate}"


def test_snap_start(start_cpp):
    emulator = start_cpp(environment={"ENABLE_INIT_CACHING": "1", "HOOKS": "snapshot"})
    assert with_boto3(emulator, "hello", say("hello")).json() == "hello"
    emulator.wait_for_stdout(rb"before the snapshot\nafter the restore\n(.*\n)*START RequestId: ")


def test_a_hook_of_snap_start_that_fails_is_the_answer(start_cpp):
    emulator = start_cpp(environment={"ENABLE_INIT_CACHING": "1", "HOOKS": "snapshot restore_fails"})
    failed = with_boto3(emulator, "hello", say("hello"), boto3_client(emulator, max_attempts=1))
    assert failed.json()["errorMessage"] == "app::Trouble: not there"


def test_the_shutdown_hook_runs_when_the_emulator_ends(start_cpp):
    emulator = start_cpp(environment={"HOOKS": "shutdown"})
    assert with_boto3(emulator, "hello", say("hello")).json() == "hello"
    emulator.stop()
    assert b"shutting down\ngoodbye\n" in emulator.stdout
