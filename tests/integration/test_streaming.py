"""Streams of real runtime interface clients, read by boto3."""

import json
import threading

import pytest

from clients import boto3_client
from runtimes import PYTHON, RUST, STREAMING, do
from support.waiting import wait_until


def stream(emulator, event, function="hello"):
    """(answer, its events) of boto3's invoke_with_response_stream."""
    answer = boto3_client(emulator).invoke_with_response_stream(FunctionName=function, Payload=event)
    return answer, iter(answer["EventStream"])


def collected(events):
    """(all payload, what InvokeComplete says)."""
    payload = b""
    for event in events:
        if "InvokeComplete" in event:
            assert next(events, None) is None
            return payload, event["InvokeComplete"]
        payload += event["PayloadChunk"]["Payload"]
    raise AssertionError("no InvokeComplete")


@pytest.mark.parametrize("runtime", STREAMING, ids=str, indirect=True)
def test_the_first_piece_arrives_before_the_last_is_made(start_streaming, tmp_path, runtime):
    gate = tmp_path / "gate"
    emulator = start_streaming()
    answer, events = stream(emulator, do("stream", pieces=["first ", "second"], gate=str(gate)))

    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    payload = b""
    while not payload.endswith(b"first "):
        payload += next(events)["PayloadChunk"]["Payload"]
    gate.touch()  # the handler waits for this before it makes the second
    rest, complete = collected(events)
    assert payload.endswith(b"first ") and rest == b"second"
    assert complete == {}


@pytest.mark.parametrize("runtime", STREAMING, ids=str, indirect=True)
def test_a_stream_comes_whole_to_a_plain_invoke(start_streaming, tmp_path, runtime):
    gate = tmp_path / "gate"
    emulator = start_streaming()
    answers = []

    def call():
        client = boto3_client(emulator)
        event = do("stream", pieces=["first ", "second"], gate=str(gate))
        answers.append(client.invoke(FunctionName="hello", Payload=event)["Payload"].read())

    caller = threading.Thread(target=call)
    caller.start()
    gate.touch()
    wait_until(lambda: answers, "an answer")
    caller.join()
    assert answers[0].endswith(b"first second")


# Rust's client writes its trailers into the body.
@pytest.mark.parametrize("runtime", [one for one in STREAMING if one != RUST], ids=str, indirect=True)
def test_an_error_in_the_middle_reaches_boto3(start_streaming, runtime):
    emulator = start_streaming()
    _, events = stream(emulator, do("stream", pieces=["half"], fail=True))
    payload, complete = collected(events)
    assert payload == b"half"
    assert complete["ErrorCode"] == runtime.error_type
    assert json.loads(complete["ErrorDetails"])["errorMessage"] == "boom"


def test_what_is_not_streamed_is_read_the_same_way(start_payload, runtime):
    _, events = stream(start_payload(), do("echo", text="hällo"))
    payload, complete = collected(events)
    assert json.loads(payload) == {"do": "echo", "text": "hällo"}
    assert complete == {}


def test_a_posted_error_is_read_the_same_way(start_payload, runtime):
    _, events = stream(start_payload(), do("fail"))
    payload, complete = collected(events)
    assert complete["ErrorCode"] == "Unhandled"
    details = json.loads(complete["ErrorDetails"])
    assert details == json.loads(payload)
    assert (details["errorType"], details["errorMessage"]) == (runtime.error_type, "boom")


def test_a_crash_is_read_the_same_way(start):
    emulator = start(PYTHON.payload, PYTHON.folder)
    _, events = stream(emulator, do("exit", code=3))
    _, complete = collected(events)
    assert json.loads(complete["ErrorDetails"])["errorType"] == "Runtime.ExitError"
