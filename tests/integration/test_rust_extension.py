"""examples/rust-telemetry-extension: AWS's own crate for extensions, as subscriber of both APIs."""

import json

import pytest

from clients import with_curl
from conftest import calls
from runtimes import PYTHON, ROOT, do
from support.emulator import free_ports

PROGRAM = ROOT / "build/examples/rust-telemetry-extension/extensions/telemetry-extension"


@pytest.fixture
def runtime():
    return PYTHON


@pytest.fixture
def start_observed(start_payload, tmp_path):
    """start_observed(api, ...): an emulator with the extension, which subscribes to that API."""
    folder = tmp_path / "extensions"
    folder.mkdir()
    (folder / PROGRAM.name).symlink_to(PROGRAM)

    def start_observed(api, **environment):
        environment = {
            "TELEMETRY_API": api,
            "TELEMETRY_FILE": tmp_path / "records",
            "TELEMETRY_PORT": str(free_ports(1)[0]),
            **environment,
        }
        return start_payload("--extensions-dir", folder, environment=environment)

    return start_observed


@pytest.fixture
def records(tmp_path):
    """records(): all that the extension has written."""
    return lambda: [json.loads(line) for line in (tmp_path / "records").read_text().splitlines()]


def of_type(records, *types):
    return [record["record"] for record in records if record["type"] in types]


def told_of(records, request_id):
    """(types, lines) of what is between an invocation's start and its report."""
    ids = [record["record"].get("requestId") if isinstance(record["record"], dict) else None for record in records]
    first, last = ids.index(request_id), len(ids) - 1 - ids[::-1].index(request_id)
    between = records[first : last + 1]
    return [record["type"] for record in between if record["type"] != "function"], of_type(between, "function")


def test_the_telemetry_api_tells_of_every_invocation_in_order(start_observed, records):
    emulator = start_observed("telemetry")
    answers = [with_curl(emulator, "hello", do("say", lines=[f"{n} {i}" for i in range(n)])) for n in range(20)]
    emulator.stop()

    told = records()
    assert [one["requestId"] for one in of_type(told, "platform.start")] == calls(emulator)
    for n, answer in enumerate(answers):
        types = ["platform.start", "platform.runtimeDone", "platform.report"]
        assert told_of(told, answer.request_id) == (types, [f"{n} {i}" for i in range(n)])
    assert {one["status"] for one in of_type(told, "platform.runtimeDone", "platform.report")} == {"success"}
    inits = of_type(told, "platform.initStart", "platform.initRuntimeDone", "platform.initReport")
    assert [one["initializationType"] for one in inits] == ["on-demand"] * 3


def test_the_logs_api_tells_of_every_invocation_in_order(start_observed, records):
    emulator = start_observed("logs")
    answers = [with_curl(emulator, "hello", do("say", lines=[f"{n} {i}" for i in range(n)])) for n in range(20)]
    emulator.stop()

    told = records()
    assert [one["requestId"] for one in of_type(told, "platform.start")] == calls(emulator)
    for n, answer in enumerate(answers):
        types = ["platform.start", "platform.runtimeDone", "platform.end", "platform.report"]
        assert told_of(told, answer.request_id) == (types, [f"{n} {i}\n" for i in range(n)])


@pytest.mark.parametrize("api", ["telemetry", "logs"])
def test_failures_are_told_too(start_observed, records, api):
    emulator = start_observed(api, AWS_LAMBDA_FUNCTION_TIMEOUT="5")
    answers = [
        with_curl(emulator, "hello", event)
        for event in (do("echo"), do("fail"), do("hang"), do("exit", code=3), do("echo"))
    ]
    emulator.stop()

    told = records()
    done = of_type(told, "platform.runtimeDone")
    assert [one["requestId"] for one in done] == [answer.request_id for answer in answers]
    error = "error" if api == "telemetry" else "failure"
    assert [one["status"] for one in done] == ["success", "success", "timeout", error, "success"]
    assert [one["requestId"] for one in of_type(told, "platform.report")] == [one["requestId"] for one in done]
    (line,) = [line for line in of_type(told, "function") if "ValueError" in line]
    assert line.startswith("[ERROR] ValueError: boom")
