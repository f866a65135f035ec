"""The programs people call functions with, each as call(emulator, function, event, …) -> Answer."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import boto3
from botocore.config import Config

_NO_ACCOUNT = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "eu-west-1"}
AWS_CLI = Path(sys.executable).with_name("aws")


@dataclass
class Answer:
    """What a client says of an invocation; None where it does not say."""

    status: int
    error: str | None  # X-Amz-Function-Error
    version: str | None
    request_id: str | None
    body: bytes

    def json(self):
        return json.loads(self.body)


def boto3_client(emulator, max_attempts=None):
    """boto3 as people use it, with its usual retries unless `max_attempts` is given."""
    config = Config(retries={"total_max_attempts": max_attempts}) if max_attempts else None
    return boto3.client("lambda", endpoint_url=endpoint(emulator), config=config, **_NO_ACCOUNT)


def counted_posts(client):
    """A list that grows by one with every request `client` sends."""
    posts = []
    client.meta.events.register("before-send.lambda", lambda request, **_: posts.append(request.url))
    return posts


def with_boto3(emulator, function, event, client=None, **more):
    answer = (client or boto3_client(emulator)).invoke(FunctionName=function, Payload=event, **more)
    return Answer(
        answer["StatusCode"],
        answer.get("FunctionError"),
        answer.get("ExecutedVersion"),
        answer["ResponseMetadata"].get("RequestId"),
        answer["Payload"].read(),
    )


def with_curl(emulator, function, event, headers=()):
    with tempfile.TemporaryDirectory() as folder:
        head = Path(folder, "head")
        words = ["curl", "--silent", "--show-error", "--max-time", "30", "--data-binary", "@-", "--dump-header", head]
        words += [word for header in headers for word in ("--header", header)]
        body = subprocess.run([*words, invoke_url(emulator, function)], input=event, check=True, stdout=subprocess.PIPE)
        last_head = head.read_text().strip().split("\n\n")[-1].replace("\r", "").splitlines()
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in last_head[1:])}
    return Answer(
        int(last_head[0].split()[1]),
        fields.get("x-amz-function-error"),
        fields.get("x-amz-executed-version"),
        fields.get("x-amzn-requestid"),
        body.stdout,
    )


def with_aws_cli(emulator, function, event):
    with tempfile.TemporaryDirectory() as folder:
        payload, body = Path(folder, "payload"), Path(folder, "body")
        payload.write_bytes(event)
        words = [AWS_CLI, "lambda", "invoke", "--endpoint-url", endpoint(emulator), "--region", "eu-west-1"]
        words += ["--function-name", function, "--payload", f"fileb://{payload}", "--output", "json", body]
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": folder,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
        }
        done = subprocess.run(words, env=environment, check=True, stdout=subprocess.PIPE)
        said = json.loads(done.stdout)
        return Answer(said["StatusCode"], said.get("FunctionError"), said.get("ExecutedVersion"), None, body.read_bytes())


def endpoint(emulator):
    return f"http://127.0.0.1:{emulator.invoke_port}"


def invoke_url(emulator, function):
    return f"{endpoint(emulator)}/2015-03-31/functions/{function}/invocations"
