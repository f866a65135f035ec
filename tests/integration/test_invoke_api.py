"""What else the Invoke API has, as boto3 and the AWS CLI see it: their own errors, events, tails, versions."""

import base64
import json
import os
import re
import subprocess
import tempfile
from pathlib import Path

import pytest

from clients import AWS_CLI, boto3_client, counted_posts, endpoint, with_boto3
from conftest import calls
from runtimes import PYTHON, do
from support.waiting import wait_until

AT_ONCE = {"THIMBLE_EVENT_RETRY_DELAY": "0"}


@pytest.fixture
def runtime():
    """One is enough: what is tested here ends at the Invoke API."""
    return PYTHON


def aws_cli(emulator, *words, fails=False):
    """Runs `aws lambda invoke`, returns (what it says as JSON or on stderr, the answer's body)."""
    with tempfile.TemporaryDirectory() as folder:
        body = Path(folder, "body")
        command = [AWS_CLI, "lambda", "invoke", "--endpoint-url", endpoint(emulator), "--region", "eu-west-1"]
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": folder,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_MAX_ATTEMPTS": "1",
        }
        done = subprocess.run([*command, "--output", "json", *words, body], env=environment, capture_output=True, text=True)
        assert bool(done.returncode) == fails, done.stderr
        return (done.stderr, None) if fails else (json.loads(done.stdout), body.read_bytes())


def test_boto3_raises_its_own_exceptions(start_payload):
    emulator = start_payload(environment={"THIMBLE_MAX_REQUEST_BYTES": "1000", "THIMBLE_MAX_EVENT_BYTES": "500"})
    client = boto3_client(emulator)
    posts = counted_posts(client)

    with pytest.raises(client.exceptions.InvalidRequestContentException, match="Could not parse request body into json"):
        client.invoke(FunctionName="hello", Payload=b"{oops")
    with pytest.raises(client.exceptions.RequestTooLargeException, match="smaller than 1000 bytes"):
        client.invoke(FunctionName="hello", Payload=b'"' + b"x" * 1000 + b'"')
    with pytest.raises(client.exceptions.RequestTooLargeException, match="too large for the Event invocation type"):
        client.invoke(FunctionName="hello", Payload=b'"' + b"x" * 500 + b'"', InvocationType="Event")
    with pytest.raises(client.exceptions.InvalidParameterValueException, match="derived qualifier"):
        client.invoke(FunctionName="hello:1", Qualifier="2")
    client.meta.events.register(
        "before-sign.lambda.Invoke", lambda request, **_: request.headers.add_header("Content-Type", "text/html")
    )
    with pytest.raises(client.exceptions.UnsupportedMediaTypeException, match="text/html") as refused:
        client.invoke(FunctionName="hello", Payload=b"{}")

    said = refused.value.response
    assert said["ResponseMetadata"]["HTTPStatusCode"] == 415
    assert said["Type"] == "User"
    assert len(posts) == 5
    assert calls(emulator) == []


def test_boto3_raises_its_own_exception_when_too_many_wait(start_payload):
    emulator = start_payload(environment={"THIMBLE_EVENT_QUEUE_DEPTH": "1"})
    client = boto3_client(emulator, max_attempts=1)
    client.invoke(FunctionName="hello", Payload=do("hang"), InvocationType="Event")

    with pytest.raises(client.exceptions.TooManyRequestsException, match="Rate Exceeded") as refused:
        client.invoke(FunctionName="hello", Payload=do("echo"), InvocationType="Event")

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert refused.value.response["Reason"] == "ConcurrentInvocationLimitExceeded"


def test_boto3_invokes_without_a_payload(start_payload):
    answer = boto3_client(start_payload()).invoke(FunctionName="hello")

    # The handler gets {} and looks for event["do"] in it.
    assert answer["FunctionError"] == "Unhandled"
    assert json.loads(answer["Payload"].read())["errorType"] == "KeyError"


def test_boto3_sends_events_and_dry_runs(start_payload):
    emulator = start_payload(environment=AT_ONCE)
    client = boto3_client(emulator)

    event = client.invoke(FunctionName="hello", Payload=do("fail"), InvocationType="Event")
    assert (event["StatusCode"], event["Payload"].read()) == (202, b"")
    dry_run = client.invoke(FunctionName="hello", Payload=do("fail"), InvocationType="DryRun")
    assert (dry_run["StatusCode"], dry_run["Payload"].read()) == (204, b"")

    request_id = event["ResponseMetadata"]["RequestId"]
    failed = rf"\[ERROR\] \(rapid\) Asynchronous invocation {request_id} failed after 3 attempts: ValueError\n"
    emulator.wait_for_stderr(failed.encode())
    assert calls(emulator) == [request_id] * 3


def test_boto3_gets_the_tail_of_the_log(start_payload):
    answer = boto3_client(start_payload()).invoke(FunctionName="hello", Payload=do("fail"), LogType="Tail")

    log = base64.b64decode(answer["LogResult"]).decode()
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert f"START RequestId: {request_id} Version: $LATEST\n" in log
    assert "[ERROR] ValueError: boom" in log
    assert f"END RequestId: {request_id}\nREPORT RequestId: {request_id}\t" in log


@pytest.mark.parametrize(
    "asked",
    [
        {"FunctionName": "hello", "Qualifier": "PROD"},
        {"FunctionName": "hello:PROD"},
        {"FunctionName": "arn:aws:lambda:eu-west-1:123456789012:function:hello:PROD"},
    ],
)
def test_boto3_invokes_a_version(start_payload, asked):
    answer = boto3_client(start_payload()).invoke(Payload=do("describe"), **asked)

    assert answer["ExecutedVersion"] == "PROD"
    told = json.loads(answer["Payload"].read())
    assert told["functionArn"].endswith(":function:test_function:PROD")
    assert told["functionVersion"] == "$LATEST"


def test_the_aws_cli_names_what_lambda_refused(start_payload, tmp_path):
    emulator = start_payload()
    payload = tmp_path / "payload"
    payload.write_bytes(b"{oops")

    said, _ = aws_cli(emulator, "--function-name", "hello", "--payload", f"fileb://{payload}", fails=True)

    assert "(InvalidRequestContentException) when calling the Invoke operation: Could not parse request body" in said


def test_the_aws_cli_has_events_dry_runs_tails_and_versions(start_payload, tmp_path):
    emulator = start_payload()
    payload = tmp_path / "payload"
    payload.write_bytes(do("echo", n=1))
    hello = ("--function-name", "hello", "--payload", f"fileb://{payload}")

    assert aws_cli(emulator, *hello, "--invocation-type", "Event")[0]["StatusCode"] == 202
    assert aws_cli(emulator, *hello, "--invocation-type", "DryRun")[0]["StatusCode"] == 204
    said, body = aws_cli(emulator, *hello, "--log-type", "Tail", "--qualifier", "7")
    assert json.loads(body) == {"do": "echo", "n": 1}
    assert (said["StatusCode"], said["ExecutedVersion"]) == (200, "7")
    assert re.search(rb"START RequestId: \S+ Version: 7\n", base64.b64decode(said["LogResult"]))
    wait_until(lambda: len(calls(emulator)) == 2, "the event to run")


def test_a_runtime_started_elsewhere_attaches(start, tmp_path):
    emulator = start((), PYTHON.folder, "--no-runtime")
    # Its environment is its own: nobody else sets what Lambda would.
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{emulator.runtime_port}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
    }
    with open(tmp_path / "output", "wb") as output:
        runtime = subprocess.Popen(PYTHON.payload, cwd=PYTHON.folder, env=environment, stdout=output, stderr=output)
    try:
        for _ in range(3):
            answer = with_boto3(emulator, "hello", do("describe"))
            assert (answer.error, answer.json()["processId"]) == (None, runtime.pid)
            assert answer.json()["remainingMs"] > 23 * 3600 * 1000
        assert with_boto3(emulator, "hello", do("fail")).error == "Unhandled"
    finally:
        runtime.kill()
        runtime.wait()


def test_curl_posts_json_as_it_always_did(start_payload):
    emulator = start_payload()
    url = f"{endpoint(emulator)}/2015-03-31/functions/hello/invocations"

    done = subprocess.run(["curl", "-sS", "-d", '{"do":"echo"}', url], check=True, capture_output=True)

    assert json.loads(done.stdout) == {"do": "echo"}


def test_the_answers_of_boto3_on_the_public_emulators_path_are_as_before(start_payload):
    answer = with_boto3(start_payload(), "function", b"{oops")

    assert (answer.status, answer.error) == (200, "Unhandled")
    assert answer.json()["errorType"] == "Runtime.UnmarshalError"
