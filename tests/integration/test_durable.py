"""Durable functions: AWS's SDK in the function, AWS's local runner as the engine, boto3 as who asks and approves."""

import json
import os
import subprocess
import sys
import urllib.request

import pytest

from clients import boto3_client, endpoint
from runtimes import PROGRAMS, PYTHON, do
from support.emulator import accepts, free_ports
from support.waiting import wait_until

PACKAGES = str(PROGRAMS / "python")
COMMAND = (sys.executable, "-m", "awslambdaric", "durable.handler")
RUNNER = (sys.executable, "-m", "aws_durable_execution_sdk_python_testing.cli", "start-server", "--host", "127.0.0.1")


@pytest.fixture
def runtime():
    """One is enough: what is tested here ends at the Invoke API."""
    return PYTHON


@pytest.fixture
def runner(tmp_path):
    """The URL of AWS's local runner."""
    (port,) = free_ports(1)
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": PACKAGES}
    environment |= {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}
    with open(tmp_path / "runner", "wb") as output:
        process = subprocess.Popen(
            [*RUNNER, "--port", str(port)], cwd=tmp_path, env=environment, stdout=output, stderr=output
        )
    try:
        wait_until(lambda: accepts(port), "the runner to listen", 60)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def begin(runner, emulator, event):
    """Has the runner begin an execution of the function in the emulator, and returns its ARN."""
    asked = {
        "AccountId": "012345678912",
        "FunctionName": "hello",
        "FunctionQualifier": "$LATEST",
        "ExecutionName": "order-1",
        "ExecutionTimeoutSeconds": 300,
        "ExecutionRetentionPeriodDays": 1,
        "Input": json.dumps(event),
        "LambdaEndpoint": endpoint(emulator),
    }
    request = urllib.request.Request(runner + "/start-durable-execution", json.dumps(asked).encode(), method="POST")
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["ExecutionArn"]


def test_a_durable_function_runs_to_its_end(start, runner):
    invoke_port, runtime_port = free_ports(2)
    emulator = start(
        COMMAND,
        PYTHON.folder,
        "--durable-endpoint",
        runner,
        ports=(invoke_port, runtime_port),
        environment={
            "PYTHONPATH": PACKAGES,
            "AWS_ENDPOINT_URL_LAMBDA": f"http://127.0.0.1:{invoke_port}",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
        },
    )
    client = boto3_client(emulator)
    arn = begin(runner, emulator, {"n": 21})

    def callback_id():
        events = client.get_durable_execution_history(DurableExecutionArn=arn, IncludeExecutionData=True)["Events"]
        return next(
            (e["CallbackStartedDetails"]["CallbackId"] for e in events if e["EventType"] == "CallbackStarted"), None
        )

    approval = wait_until(callback_id, "the function to wait for its approval", 30)
    assert client.get_durable_execution(DurableExecutionArn=arn)["Status"] == "RUNNING"
    client.send_durable_execution_callback_success(CallbackId=approval, Result=b'"granted"')

    def result():
        execution = client.get_durable_execution(DurableExecutionArn=arn)
        return execution["Status"] != "RUNNING" and execution

    execution = wait_until(result, "the execution to end", 30)
    assert execution["Status"] == "SUCCEEDED", execution
    assert json.loads(execution["Result"]) == {"doubled": 42, "approval": '"granted"'}
    listed = client.list_durable_executions_by_function(FunctionName="hello")["DurableExecutions"]
    assert [one["DurableExecutionArn"] for one in listed] == [arn]


def test_boto3_is_told_which_execution_it_began(start_payload):
    client = boto3_client(start_payload())

    answer = client.invoke(FunctionName="hello", Payload=do("echo"), DurableExecutionName="order-1")
    assert json.loads(answer["Payload"].read()) == {"do": "echo"}
    assert ":function:test_function:$LATEST/durable-execution/order-1/" in answer["DurableExecutionArn"]
    event = client.invoke(
        FunctionName="hello", Payload=do("echo"), DurableExecutionName="order-2", InvocationType="Event"
    )
    assert (event["StatusCode"], "/durable-execution/order-2/" in event["DurableExecutionArn"]) == (202, True)
    assert "DurableExecutionArn" not in client.invoke(FunctionName="hello", Payload=do("echo"))


def test_boto3_raises_its_own_exceptions_without_an_engine(start_payload):
    emulator = start_payload()
    client = boto3_client(emulator)
    arn = "arn:aws:lambda:us-east-1:012345678912:function:hello:$LATEST/durable-execution/a/b"

    with pytest.raises(client.exceptions.ResourceNotFoundException, match="--durable-endpoint"):
        client.get_durable_execution(DurableExecutionArn=arn)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.list_durable_executions_by_function(FunctionName="hello")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.send_durable_execution_callback_success(CallbackId="id", Result=b"{}")


def test_boto3_raises_its_own_exception_when_the_engine_is_not_there(start_payload):
    (port,) = free_ports(1)
    emulator = start_payload("--durable-endpoint", f"http://127.0.0.1:{port}")
    client = boto3_client(emulator, max_attempts=1)

    with pytest.raises(client.exceptions.ServiceException, match="connection refused") as refused:
        client.list_durable_executions_by_function(FunctionName="hello")

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 502
