"""Handlers under AWS's own runtime interface clients, called by the programs people call functions with.

A function called `function` is answered as by the public emulator, every other name as by Lambda.
"""

import base64
import json
import subprocess
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
from botocore.config import Config

from clients import boto3_client, counted_posts, endpoint, invoke_url, with_aws_cli, with_boto3, with_curl
from conftest import calls
from runtimes import CPP, GO, RUST, WITH_EXAMPLE, assert_is_hello, do, hello_event

CLIENTS = [with_curl, with_boto3, with_aws_cli]
TRACE = "Root=1-6560a1b2-3c4d5e6f708192a3b4c5d6e7;Parent=0123456789abcdef;Sampled=1"
CLIENT_CONTEXT = {
    "client": {
        "installation_id": "i-1",
        "app_title": "Jürgen's App",
        "app_version_name": "1.0",
        "app_version_code": "1",
        "app_package_name": "com.example",
    },
    "env": {"locale": "de"},
    "custom": {"colour": "grün"},
}


def encoded(client_context):
    return base64.b64encode(json.dumps(client_context).encode()).decode()


@pytest.mark.parametrize("function", ["function", "hello"])
@pytest.mark.parametrize("call", CLIENTS)
@pytest.mark.parametrize("runtime", WITH_EXAMPLE, ids=str, indirect=True)
def test_an_example_answers_every_client(start_example, runtime, call, function):
    answer = call(start_example(runtime), function, hello_event(runtime))

    assert (answer.status, answer.error) == (200, None)
    assert answer.version == "$LATEST"
    assert_is_hello(answer.body, runtime)


@pytest.mark.parametrize("function", ["function", "hello"])
def test_the_runtime_is_told_about_the_invocation(start_payload, function):
    emulator = start_payload(
        environment={
            "AWS_LAMBDA_FUNCTION_NAME": "greeter",
            "AWS_LAMBDA_FUNCTION_VERSION": "7",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_LAMBDA_FUNCTION_TIMEOUT": "30",
        }
    )
    client = boto3_client(emulator)
    client.meta.events.register(
        "before-sign.lambda.Invoke", lambda request, **_: request.headers.add_header("X-Amzn-Trace-Id", TRACE)
    )

    answer = with_boto3(
        emulator, function, do("describe"), client, ClientContext=encoded(CLIENT_CONTEXT), TenantId="blue"
    )

    told = answer.json()
    assert answer.error is None
    assert answer.version == "7"
    assert told["requestId"] == answer.request_id
    assert 28_000 < told["remainingMs"] <= 30_000
    assert told["functionName"] == "greeter"
    assert told["functionArn"].startswith("arn:aws:lambda:") and told["functionArn"].endswith(":function:greeter")
    assert told["functionVersion"] == "7"
    assert told["memoryMB"] == 512
    assert told["appTitle"] == "Jürgen's App"
    assert told["custom"] == {"colour": "grün"}
    assert told["tenantId"] == "blue"
    # A tracing service may name another parent; the trace is the caller's.
    assert told["traceId"].startswith("Root=1-6560a1b2-3c4d5e6f708192a3b4c5d6e7")
    assert "Sampled=1" in told["traceId"]


def test_an_invocation_is_told_nothing_of_the_one_before(start_payload):
    emulator = start_payload()
    headers = [f"X-Amz-Client-Context: {encoded(CLIENT_CONTEXT)}", f"X-Amzn-Trace-Id: {TRACE}"]

    first = with_curl(emulator, "function", do("describe"), headers).json()
    second = with_curl(emulator, "function", do("describe")).json()

    assert first["custom"] == {"colour": "grün"}
    # Java's client leaves out what is null.
    assert not second.get("custom")
    assert second.get("appTitle") in (None, "")
    assert "6560a1b2-3c4d5e6f708192a3b4c5d6e7" not in (second.get("traceId") or "")
    assert second["processId"] == first["processId"]
    assert second["requestId"] != first["requestId"]
    assert calls(emulator) == [first["requestId"], second["requestId"]]


@pytest.mark.parametrize("function", ["function", "hello"])
def test_an_error_of_the_handler_is_a_function_error_in_boto3(start_payload, runtime, function):
    emulator = start_payload()
    before = with_boto3(emulator, function, do("describe")).json()

    answer = with_boto3(emulator, function, do("fail"))

    assert (answer.status, answer.error) == (200, "Unhandled")
    assert answer.json()["errorMessage"] == "boom"
    assert answer.json()["errorType"] == runtime.error_type
    after = with_boto3(emulator, function, do("describe")).json()
    assert after["processId"] == before["processId"]


def test_an_error_of_the_handler_is_a_function_error_in_the_aws_cli(start_payload):
    answer = with_aws_cli(start_payload(), "hello", do("fail"))

    assert (answer.status, answer.error, answer.version) == (200, "Unhandled", "$LATEST")
    assert answer.json()["errorMessage"] == "boom"


@pytest.mark.parametrize(
    "code, reason",
    [
        (3, "Runtime exited with error: exit status 3"),
        (0, "Runtime exited without providing a reason"),
    ],
)
def test_boto3_does_not_repeat_what_ended_the_runtime(start_payload, code, reason):
    emulator = start_payload()
    before = with_boto3(emulator, "hello", do("describe")).json()
    client = boto3_client(emulator)
    posts = counted_posts(client)

    answer = with_boto3(emulator, "hello", do("exit", code=code), client)

    assert (answer.status, answer.error) == (200, "Unhandled")
    assert answer.json() == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {answer.request_id} Error: {reason}",
    }
    assert len(posts) == 1
    assert calls(emulator) == [before["requestId"], answer.request_id]
    after = with_boto3(emulator, "hello", do("describe")).json()
    assert after["processId"] != before["processId"]


def test_what_ended_the_runtime_is_502_on_the_public_emulators_path(start_payload):
    emulator = start_payload()

    answer = with_curl(emulator, "function", do("exit", code=3))

    assert answer.status == 502
    assert answer.json()["errorType"] == "Runtime.ExitError"
    assert answer.json()["errorMessage"].endswith(" Error: Runtime exited with error: exit status 3")
    assert with_curl(emulator, "function", do("echo", n=1)).json() == {"do": "echo", "n": 1}


def test_boto3_does_not_repeat_what_timed_out(start_payload, runtime):
    emulator = start_payload(environment={"AWS_LAMBDA_FUNCTION_TIMEOUT": str(runtime.timeout)})
    client = boto3_client(emulator)
    posts = counted_posts(client)

    answer = with_boto3(emulator, "hello", do("hang"), client)

    assert (answer.status, answer.error) == (200, "Unhandled")
    assert f"Task timed out after {runtime.timeout}.00 seconds" in answer.json()["errorMessage"]
    assert len(posts) == 1
    assert calls(emulator) == [answer.request_id]
    assert with_boto3(emulator, "hello", do("echo", n=1)).json() == {"do": "echo", "n": 1}


def test_a_timeout_is_a_sentence_on_the_public_emulators_path(start_payload, runtime):
    emulator = start_payload(environment={"AWS_LAMBDA_FUNCTION_TIMEOUT": str(runtime.timeout)})

    answer = with_curl(emulator, "function", do("hang"))

    assert (answer.status, answer.body) == (200, b"Task timed out after %d.00 seconds" % runtime.timeout)
    assert with_curl(emulator, "function", do("echo", n=1)).json() == {"do": "echo", "n": 1}


def test_a_failed_initialization_is_a_function_error_every_time(start_payload, runtime):
    emulator = start_payload(environment={"FAIL_INIT": "yes"})
    client = boto3_client(emulator)
    posts = counted_posts(client)

    for _ in range(2):
        answer = with_boto3(emulator, "hello", do("echo"), client)
        assert (answer.status, answer.error) == (200, "Unhandled")
        assert answer.json()["errorType"] == runtime.init_error["errorType"]
        assert answer.json()["errorMessage"].endswith(runtime.init_error["errorMessage"])

    assert len(posts) == 2
    assert calls(emulator) == []


def test_a_failed_initialization_is_502_on_the_public_emulators_path(start_payload, runtime):
    emulator = start_payload(environment={"FAIL_INIT": "yes"})

    for _ in range(2):
        answer = with_curl(emulator, "function", do("echo"))
        assert answer.status == 502
        assert answer.json()["errorType"] == runtime.init_error["errorType"]
        assert answer.json()["errorMessage"].endswith(runtime.init_error["errorMessage"])


@pytest.mark.parametrize("runtime", [CPP, GO, RUST], ids=str, indirect=True)
def test_a_handler_that_wants_sigterm_says_goodbye_before_its_end(start_payload, runtime):
    """aws-lambda-go's WithEnableSIGTERM and lambda_runtime's spawn_graceful_shutdown_handler: internal extensions."""
    emulator = start_payload(environment={"SAY_GOODBYE": "1"})
    assert with_curl(emulator, "hello", do("echo")).error is None

    emulator.stop()

    assert b"registered, subscribed to []" in emulator.stderr
    assert b"\ngoodbye\n" in emulator.stdout


@pytest.mark.parametrize("call", CLIENTS)
def test_five_megabytes_come_back_whole(start_payload, call):
    event = do("echo", data="0123456789 äöü " * (5_100_000 // 30))
    assert len(event) > 5_000_000

    answer = call(start_payload(), "function", event)

    assert (answer.status, answer.error) == (200, None)
    assert answer.json() == json.loads(event)


def test_fifty_callers_with_boto3_at_once(start_payload):
    emulator = start_payload()
    config = Config(max_pool_connections=50, retries={"total_max_attempts": 1})
    key = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "eu-west-1"}
    client = boto3.client("lambda", endpoint_url=endpoint(emulator), config=config, **key)

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda n: with_boto3(emulator, "hello", do("echo", n=n), client), range(50)))

    assert [(answer.status, answer.error, answer.json()["n"]) for answer in answers] == [
        (200, None, n) for n in range(50)
    ]
    assert sorted(calls(emulator)) == sorted(answer.request_id for answer in answers)


def test_fifty_callers_with_curl_at_once(start_payload, tmp_path):
    emulator = start_payload()
    lines = []
    for n in range(50):
        lines += [
            f'url = "{invoke_url(emulator, "function")}"',
            f'data-binary = "{do("echo", n=n).decode().replace(chr(34), chr(92) + chr(34))}"',
            f'output = "{tmp_path / f"answer-{n}"}"',
            'write-out = "%{http_code}\\n"',
            "next",
        ]
    config = tmp_path / "curl.config"
    config.write_text("\n".join(lines[:-1]))

    words = ["curl", "--silent", "--show-error", "--parallel", "--parallel-immediate", "--parallel-max", "50"]
    done = subprocess.run([*words, "--config", config], check=True, timeout=60, stdout=subprocess.PIPE, text=True)

    assert done.stdout.split() == ["200"] * 50
    assert [json.loads((tmp_path / f"answer-{n}").read_text())["n"] for n in range(50)] == list(range(50))
    assert len(calls(emulator)) == 50
