"""The program for aarch64, under qemu, with handlers for this machine and for aarch64."""

import json
import os

import pytest

from conftest import calls
from clients import with_boto3, with_curl
from runtimes import PROGRAMS, PYTHON, ROOT, assert_is_hello, do, hello_event

PROGRAM = os.environ.get("EMULATOR_AARCH64", str(ROOT / "build/bin/aarch64/aws-lambda-rie"))
QEMU = "/usr/bin/qemu-aarch64-static"
HANDLER = (QEMU, PROGRAMS / "payload-go-arm64")


@pytest.fixture
def start_under_qemu(start):
    """start_under_qemu(command, cwd, ...): as `start`, with the program for aarch64."""

    def start_under_qemu(command, cwd, **options):
        return start(command, cwd, PROGRAM, binary=QEMU, **options)

    return start_under_qemu


@pytest.fixture
def emulator(start_under_qemu):
    """The program for aarch64 with a handler for aarch64."""
    return start_under_qemu(HANDLER, PROGRAMS)


def test_it_runs_a_handler_of_this_machine(start_under_qemu):
    emulator = start_under_qemu(PYTHON.example, ROOT / "examples/python-hello")

    assert_is_hello(with_curl(emulator, "function", hello_event("python")).body, "python")


def test_it_runs_a_handler_for_aarch64(emulator):
    first = with_boto3(emulator, "hello", do("describe"))
    second = with_boto3(emulator, "hello", do("describe"))

    assert (first.status, first.error) == (200, None)
    assert first.json()["requestId"] == first.request_id
    assert 290_000 < first.json()["remainingMs"] <= 300_000
    assert second.json()["processId"] == first.json()["processId"]


def test_it_passes_a_megabyte(emulator):
    event = do("echo", data="x" * 1_000_000)

    assert with_curl(emulator, "function", event).json() == json.loads(event)


def test_it_notices_a_runtime_that_ends(emulator):
    answer = with_boto3(emulator, "hello", do("exit", code=3))

    assert (answer.status, answer.error) == (200, "Unhandled")
    assert answer.json()["errorMessage"].endswith("Error: Runtime exited with error: exit status 3")
    assert with_boto3(emulator, "hello", do("echo", n=1)).json() == {"do": "echo", "n": 1}


def test_it_ends_what_takes_too_long(start_under_qemu):
    emulator = start_under_qemu(HANDLER, PROGRAMS, environment={"AWS_LAMBDA_FUNCTION_TIMEOUT": "5"})

    answer = with_boto3(emulator, "hello", do("hang"))

    assert (answer.status, answer.error) == (200, "Unhandled")
    assert "Task timed out after 5.00 seconds" in answer.json()["errorMessage"]
    assert calls(emulator) == [answer.request_id]
    assert with_boto3(emulator, "hello", do("echo", n=1)).json() == {"do": "echo", "n": 1}
