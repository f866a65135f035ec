"""--enable-init-caching: SnapStart's part of the Runtime API, and the credentials a restored runtime fetches."""

import json
import math
import os
import pathlib
import re
import signal

import pytest

from support.emulator import PUPPET
from support.extensions import ExtensionPuppet
from support.listener import HttpListener
from support.puppet import Puppet, request_id_of
from support.waiting import wait_until
from test_telemetry import subscribe
from test_xray import Daemon, names

RESTORE_NEXT = b"/2018-06-01/runtime/restore/next"
RESTORE_ERROR = b"/2018-06-01/runtime/restore/error"
CREDENTIALS = b"/2021-04-23/credentials"
HOOK_ERROR = b'{"errorMessage":"the hook failed","errorType":"Runtime.AfterRestoreError"}'
KEYS = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token"}


@pytest.fixture
def snap(start):
    """snap() starts an emulator of a SnapStart function, begins an invocation, and waits for its runtime."""

    def begin(**environment):
        emulator = start("--enable-init-caching", command=PUPPET, environment=environment)
        caller = emulator.begin(b"[1]")
        emulator.wait_for_start(1)
        return emulator, caller, Puppet(emulator)

    return begin


def environment_of(pid):
    entries = pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return dict(entry.decode().split("=", 1) for entry in entries if entry)


def answer(puppet, caller):
    puppet.respond(puppet.next_id(), b"[2]")
    assert (lambda reply: (reply.status, reply.body))(caller.reply()) == (200, b"[2]")


@pytest.mark.thimble
def test_a_runtime_is_restored_and_then_asks_for_its_invocation(snap):
    _, caller, puppet = snap()
    assert puppet.get(RESTORE_NEXT).status == 200
    answer(puppet, caller)


@pytest.mark.thimble
def test_a_runtime_without_hooks_need_not_be_restored(snap):
    _, caller, puppet = snap()
    answer(puppet, caller)


@pytest.mark.thimble
def test_init_and_restore_are_logged(snap):
    emulator, caller, puppet = snap()
    puppet.get(RESTORE_NEXT)
    answer(puppet, caller)
    stamp = rb"\n\d\d \w{3} \d{4} [\d:]{8},\d{3} \[INFO\] \(rapid\) "
    for line in (
        rb"INIT START\(type: snap-start, phase: init\)\n",
        rb"RESTORE START\n",
        rb"RESTORE RTDONE\(status: success\)\n",
        rb"RESTORE REPORT\(durationMs: [\d.]+\)\n",
        rb"INIT RTDONE\(status: success\)\n",
    ):
        emulator.wait_for_stderr(stamp + line)


# --- The first invocation after a restore -----------------------------------------------------------------------------


def reports(emulator, count):
    """That many REPORT lines, each as its fields by name."""
    lines = wait_until(
        lambda: len(found := re.findall(rb"REPORT RequestId: (.*)\n", emulator.stdout)) == count and found,
        f"{count} REPORT lines",
    )
    fields = [[field.split(": ") for field in line.decode().split("\t")[1:-1]] for line in lines]
    return [{name: float(value.split()[0]) for name, value in each} for each in fields]


@pytest.mark.thimble
def test_the_report_has_the_restore_instead_of_the_init(snap):
    emulator, caller, puppet = snap()
    puppet.get(RESTORE_NEXT)
    answer(puppet, caller)
    puppet.ask_next()
    (report,) = reports(emulator, 1)
    took = float(emulator.wait_for_stderr(rb"RESTORE REPORT\(durationMs: ([\d.]+)\)\n")[1])
    assert "Init Duration" not in report
    assert report["Restore Duration"] == round(took, 2)
    assert report["Billed Restore Duration"] == math.ceil(took)
    assert list(report)[-2:] == ["Restore Duration", "Billed Restore Duration"]
    own = report["Billed Duration"] - report["Billed Restore Duration"]
    assert own - 1.01 < report["Duration"] < own + 0.01

    again = emulator.begin(b"[1]")
    puppet.respond(request_id_of(puppet.receive()), b"[2]")
    assert again.reply().status == 200
    puppet.ask_next()
    assert "Restore Duration" not in reports(emulator, 2)[1]


@pytest.mark.thimble
def test_without_a_restore_the_report_has_the_init(snap):
    emulator, caller, puppet = snap()
    answer(puppet, caller)
    puppet.ask_next()
    (report,) = reports(emulator, 1)
    assert "Init Duration" in report
    assert "Restore Duration" not in report


def check_metrics(metrics):
    names = ["durationMs", "billedDurationMs", "memorySizeMB", "maxMemoryUsedMB"]
    assert list(metrics) == [*names, "restoreDurationMs", "billedRestoreDurationMs"]
    assert metrics["billedRestoreDurationMs"] - 1 <= metrics["restoreDurationMs"] <= metrics["billedRestoreDurationMs"]
    own = metrics["billedDurationMs"] - metrics["billedRestoreDurationMs"]
    assert own - 1 <= metrics["durationMs"] <= own


@pytest.mark.thimble
def test_the_json_log_reports_the_restore(snap):
    emulator, caller, puppet = snap(THIMBLE_LOG_FORMAT="json")
    puppet.get(RESTORE_NEXT)
    answer(puppet, caller)
    puppet.ask_next()
    report = json.loads(emulator.wait_for_stdout(rb'\{.*"type":"platform.report".*\}\n')[0])
    check_metrics(report["record"]["metrics"])


@pytest.mark.thimble
def test_a_traced_invocation_has_a_restore_instead_of_an_initialization(start):
    daemon = Daemon()
    emulator = start("--enable-init-caching", command=PUPPET, environment=daemon.environment())
    caller = emulator.begin(b"[1]")
    emulator.wait_for_start(1)
    puppet = Puppet(emulator)
    puppet.get(RESTORE_NEXT)
    answer(puppet, caller)
    puppet.ask_next()
    _, function = daemon.pair()
    daemon.close()
    assert names(function) == ["Restore", "Invocation", "Overhead"]
    assert function["annotations"] == {"ColdStart": True}


# --- Telemetry --------------------------------------------------------------------------------------------------------


@pytest.fixture
def told(snap):
    """told(...): the emulator, its caller, its runtime, an extension that has registered, a listener for it."""
    listener = HttpListener()

    def begin(**environment):
        emulator, caller, puppet = snap(**environment)
        return emulator, caller, puppet, ExtensionPuppet(emulator, b"internal", []), listener

    yield begin
    listener.close()


def restore_records(listener):
    """The records of the restore without what cannot be foreseen, once the last of them has come."""
    listener.wait_for("platform.restoreReport")
    said = {each["type"]: each["record"] for each in listener.records() if each["type"].startswith("platform.restore")}
    metrics = said["platform.restoreReport"].pop("metrics")
    assert metrics.keys() == {"durationMs"} and metrics["durationMs"] >= 0
    return said


@pytest.mark.thimble
@pytest.mark.parametrize("is_late", [False, True], ids=["in time", "late"])
@pytest.mark.parametrize(
    ("schema", "function"),
    [
        ("2022-07-01", {}),
        ("2022-12-13", {"functionName": "test_function", "functionVersion": "$LATEST"}),
        ("2025-01-29", {"functionName": "test_function", "functionVersion": "$LATEST", "instanceMaxMemory": 3008}),
    ],
)
def test_subscribers_are_told_of_a_restore(told, schema, function, is_late):
    emulator, caller, puppet, extension, listener = told()
    if not is_late:
        subscribe(extension, listener.destination(), ["platform"], schema=schema)
    assert puppet.get(RESTORE_NEXT).status == 200
    puppet.ask_next()
    emulator.wait_for_stderr(rb"RESTORE REPORT")
    # The runtime is ready, but the init goes on until the extension is.
    if is_late:
        subscribe(extension, listener.destination(), ["platform"], schema=schema)
    extension.ask_next()
    assert restore_records(listener) == {
        "platform.restoreStart": function,
        "platform.restoreRuntimeDone": {"status": "success"},
        "platform.restoreReport": {"status": "success"},
    }
    listener.wait_for("platform.initReport")
    types = [record["type"].removeprefix("platform.") for record in listener.records()]
    restore = ["restoreStart", "restoreRuntimeDone", "restoreReport", "initRuntimeDone"]
    assert [each for each in types if each in restore] == restore
    for record in listener.records():
        if record["type"].startswith("platform.init"):
            assert record["record"]["initializationType"] == "snap-start"
    puppet.respond(request_id_of(puppet.receive()), b"[2]")
    assert caller.reply().body == b"[2]"
    puppet.ask_next()
    listener.wait_for("platform.report")
    (report,) = [each["record"] for each in listener.records() if each["type"] == "platform.report"]
    check_metrics(report["metrics"])


@pytest.mark.thimble
def test_subscribers_are_told_of_a_failed_hook(told):
    _, _, puppet, extension, listener = told()
    subscribe(extension, listener.destination(), ["platform"])
    puppet.get(RESTORE_NEXT)
    puppet.post(RESTORE_ERROR, HOOK_ERROR, [(b"Lambda-Runtime-Function-Error-Type", b"Runtime.AfterRestoreError")])
    failed = {"status": "failure", "errorType": "Runtime.AfterRestoreError"}
    records = restore_records(listener)
    assert records["platform.restoreRuntimeDone"] == records["platform.restoreReport"] == failed


@pytest.mark.thimble
def test_subscribers_are_told_of_a_runtime_that_ends_in_its_hooks(told):
    emulator, caller, puppet, extension, listener = told()
    subscribe(extension, listener.destination(), ["platform"])
    puppet.get(RESTORE_NEXT)
    os.kill(emulator.starts()[-1], signal.SIGKILL)
    assert caller.reply().status == 502
    failed = {"status": "failure", "errorType": "Runtime.ExitError"}
    records = restore_records(listener)
    assert records["platform.restoreRuntimeDone"] == records["platform.restoreReport"] == failed
    emulator.wait_for_stderr(rb"RESTORE RTDONE\(status: error\)\n")


@pytest.mark.thimble
def test_subscribers_are_told_of_hooks_that_take_too_long(told):
    _, caller, puppet, extension, listener = told(AWS_LAMBDA_FUNCTION_TIMEOUT="1")
    subscribe(extension, listener.destination(), ["platform"])
    puppet.get(RESTORE_NEXT)
    assert b"Task timed out" in caller.reply().body
    records = restore_records(listener)
    assert records["platform.restoreRuntimeDone"] == records["platform.restoreReport"] == {"status": "timeout"}


@pytest.mark.thimble
@pytest.mark.parametrize("restores", [0, 1])
def test_a_restore_is_asked_for_once_and_before_the_first_invocation(snap, restores):
    _, caller, puppet = snap()
    for _ in range(restores):
        puppet.get(RESTORE_NEXT)
    request_id = puppet.next_id()
    refused = puppet.get(RESTORE_NEXT)
    assert refused.status == 403
    assert refused.json()["errorType"] == "InvalidStateTransition"
    puppet.respond(request_id, b"[2]")
    assert caller.reply().status == 200


@pytest.mark.thimble
def test_a_failed_hook_is_the_answer_and_the_next_invocation_starts_anew(snap):
    emulator, caller, puppet = snap()
    puppet.get(RESTORE_NEXT)
    headers = [(b"Lambda-Runtime-Function-Error-Type", b"Runtime.AfterRestoreError")]
    assert puppet.post(RESTORE_ERROR, HOOK_ERROR, headers).status == 202
    reply = caller.reply()
    assert (reply.status, reply.body) == (502, HOOK_ERROR)
    emulator.wait_for_stderr(rb"RESTORE RTDONE\(status: error\)\n")
    again = emulator.begin(b"[1]")
    emulator.wait_for_start(2)
    answer(Puppet(emulator), again)


@pytest.mark.thimble
def test_a_restore_error_without_a_restore_is_refused(snap):
    _, caller, puppet = snap()
    assert puppet.post(RESTORE_ERROR, HOOK_ERROR).status == 403
    answer(puppet, caller)


@pytest.mark.thimble
def test_the_runtime_is_told_where_its_credentials_are(snap):
    emulator, _, puppet = snap(**KEYS)
    environment = environment_of(emulator.starts()[-1])
    assert environment["AWS_LAMBDA_INITIALIZATION_TYPE"] == "snap-start"
    uri = environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
    assert uri == f"http://127.0.0.1:{emulator.runtime_port}/2021-04-23/credentials"
    token = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"]

    puppet.connection.send(
        b"GET " + CREDENTIALS + b" HTTP/1.1\r\nHost: localhost\r\nAuthorization: " + token.encode() + b"\r\n\r\n"
    )
    reply = puppet.connection.reply(to=b"GET")
    assert reply.status == 200
    credentials = json.loads(reply.body)
    expires = credentials.pop("Expiration")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", expires)
    assert credentials == {"AccessKeyId": "AKID", "SecretAccessKey": "secret", "Token": "token"}


@pytest.mark.thimble
@pytest.mark.parametrize("header", [b"", b"Authorization: guessed\r\n", b"Authorization: \r\n"])
def test_credentials_are_for_who_has_the_token(snap, header):
    _, _, puppet = snap(**KEYS)
    puppet.connection.send(b"GET " + CREDENTIALS + b" HTTP/1.1\r\nHost: localhost\r\n" + header + b"\r\n")
    reply = puppet.connection.reply(to=b"GET")
    assert reply.status == 404
    assert b"secret" not in reply.body


@pytest.mark.thimble
@pytest.mark.parametrize("path", [RESTORE_NEXT, CREDENTIALS])
def test_without_the_flag_none_of_it_is_there(start, path):
    emulator = start(command=PUPPET)
    with emulator.begin(b"[1]") as caller:
        emulator.wait_for_start(1)
        puppet = Puppet(emulator)
        assert puppet.get(path).status == 404
        assert puppet.post(RESTORE_ERROR, HOOK_ERROR).status == 404
        environment = environment_of(emulator.starts()[-1])
        assert environment["AWS_LAMBDA_INITIALIZATION_TYPE"] == "on-demand"
        assert "AWS_CONTAINER_CREDENTIALS_FULL_URI" not in environment
        answer(puppet, caller)
