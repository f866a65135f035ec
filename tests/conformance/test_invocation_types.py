"""X-Amz-Invocation-Type: what runs in the background, what is tried again, what does not run at all."""

import os
import re

import pytest

from support.emulator import INVOKE, UUID, do
from support.http1 import request
from support.waiting import wait_until

EVENT = [(b"X-Amz-Invocation-Type", b"Event")]
DRY_RUN = [(b"X-Amz-Invocation-Type", b"DryRun")]
AT_ONCE = {"THIMBLE_EVENT_RETRY_DELAY": "0"}
EVENT_LIMIT = 1_048_576


def failures(emulator):
    """The lines about asynchronous invocations on stderr, without their time."""
    return re.findall(rb"\[[A-Z]+\] \(rapid\) Asynchronous invocation [^\n]*", emulator.stderr)


@pytest.mark.fixed
@pytest.mark.parametrize("name", [b"function", b"hello"])
def test_an_event_is_accepted_at_once_and_runs(emulator, tmp_path, name):
    gate, done = tmp_path / "gate", tmp_path / "done"
    reply = emulator.function(name, do(["await", str(gate)], ["touch", str(done)], ["respond", "1"]), EVENT)
    assert (reply.status, reply.reason, reply.body) == (202, "Accepted", b"")
    assert reply.header("Content-Length") == "0"
    request_id = reply.header("X-Amzn-RequestId")
    assert re.fullmatch(UUID, request_id)
    assert reply.header("X-Amz-Executed-Version") is None
    assert emulator.wait_for_note() == [request_id]
    assert not done.exists()
    gate.touch()
    wait_until(done.exists, "the handler to go on")
    emulator.wait_for_stdout(rb"REPORT RequestId: " + request_id.encode())
    assert failures(emulator) == []


@pytest.mark.fixed
def test_the_runtime_sees_an_event_as_any_other_invocation_but_without_a_client_context(emulator, tmp_path):
    seen = tmp_path / "seen"
    headers = [*EVENT, (b"X-Amz-Client-Context", b"e30="), (b"X-Amz-Tenant-Id", b"blue")]
    trace = b"Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
    reply = emulator.invoke(do(["headers", str(seen)], ["respond", "1"]), INVOKE, [*headers, (b"X-Amzn-Trace-Id", trace)])
    assert reply.status == 202
    wait_until(seen.exists, "the handler to run")
    told = dict(line.split(": ", 1) for line in seen.read_text().lower().splitlines())
    assert told["lambda-runtime-aws-request-id"] == reply.header("X-Amzn-RequestId")
    assert told["lambda-runtime-trace-id"] == trace.decode().lower()
    assert told["lambda-runtime-aws-tenant-id"] == "blue"
    assert "lambda-runtime-client-context" not in told


@pytest.mark.fixed
@pytest.mark.parametrize(
    "steps, error_type",
    [
        ([["error", '{"errorMessage":"boom","errorType":"MyErr"}']], b"MyErr"),
        ([["exit", 3]], b"Runtime.ExitError"),
        ([["respond-size", 7_000_000]], b"Function.ResponseSizeTooLarge"),
    ],
)
def test_what_fails_is_tried_three_times_with_one_request_id_and_reported(start, steps, error_type):
    emulator = start(environment=AT_ONCE)
    reply = emulator.invoke(do(*steps), headers=EVENT)
    assert reply.status == 202
    request_id = reply.header("X-Amzn-RequestId")
    emulator.wait_for_stderr(rb"after 3 attempts")
    assert emulator.notes() == [request_id] * 3
    start = b" (rapid) Asynchronous invocation " + request_id.encode() + b" failed"
    assert failures(emulator) == [
        b"[WARNING]" + start + b": " + error_type + b"; retry 1 of 2 in 0 ms",
        b"[WARNING]" + start + b": " + error_type + b"; retry 2 of 2 in 0 ms",
        b"[ERROR]" + start + b" after 3 attempts: " + error_type,
    ]
    assert emulator.invoke(b"1").body == b"1"
    assert len(emulator.notes()) == 4


@pytest.mark.fixed
def test_an_event_that_times_out_is_tried_again(start):
    emulator = start(environment={**AT_ONCE, "AWS_LAMBDA_FUNCTION_TIMEOUT": "1", "THIMBLE_EVENT_RETRIES": "1"})
    request_id = emulator.invoke(do(["hang"]), headers=EVENT).header("X-Amzn-RequestId")
    emulator.wait_for_stderr(rb"failed after 2 attempts: Sandbox.Timedout")
    assert emulator.notes() == [request_id] * 2


@pytest.mark.fixed
def test_a_runtime_that_cannot_start_fails_its_events(start):
    emulator = start(init=[["exit", 1]], environment=AT_ONCE)
    assert emulator.invoke(headers=EVENT).status == 202
    emulator.wait_for_stderr(rb"failed after 3 attempts: Runtime.ExitError")
    assert len(emulator.starts()) == 3


@pytest.mark.fixed
def test_a_retry_that_succeeds_is_the_last(start, tmp_path):
    emulator = start(environment=AT_ONCE)
    first = tmp_path / "first"
    body = do(["once", str(first), ["exit", 1]], ["respond", "1"])
    request_id = emulator.invoke(body, headers=EVENT).header("X-Amzn-RequestId")
    emulator.wait_for_note(2)
    assert emulator.invoke(b"1").body == b"1"
    assert emulator.notes()[:2] == [request_id] * 2
    assert len(emulator.notes()) == 3
    assert len(failures(emulator)) == 1


@pytest.mark.fixed
def test_the_number_of_retries_can_be_none(start):
    emulator = start(environment={"THIMBLE_EVENT_RETRIES": "0"})
    emulator.invoke(do(["exit", 1]), headers=EVENT)
    emulator.wait_for_stderr(rb"failed after 1 attempt: Runtime.ExitError")
    assert emulator.invoke(b"1").body == b"1"
    assert len(emulator.notes()) == 2


@pytest.mark.fixed
def test_callers_are_answered_while_a_failed_event_waits_for_its_retry(start):
    emulator = start(environment={"THIMBLE_EVENT_RETRY_DELAY": "3600"})
    emulator.invoke(do(["exit", 1]), headers=EVENT)
    emulator.wait_for_stderr(rb"retry 1 of 2 in 3600000 ms")
    assert emulator.invoke(b"1").body == b"1"
    assert len(emulator.notes()) == 2


@pytest.mark.fixed
def test_a_caller_goes_before_events_that_wait(emulator, tmp_path):
    gate, order = tmp_path / "gate", tmp_path / "order"
    emulator.invoke(do(["await", str(gate)], ["respond", "1"]), headers=EVENT)
    emulator.wait_for_note()
    for _ in range(5):
        assert emulator.invoke(do(["note", str(order), "event"], ["respond", "1"]), headers=EVENT).status == 202
    caller = emulator.begin(do(["note", str(order), "caller"], ["respond", "1"]))
    # Answered after what the caller sent was read: the connections are read in the order they were made.
    assert emulator.invoke(headers=DRY_RUN).status == 204
    gate.touch()
    assert caller.reply().body == b"1"
    wait_until(lambda: len(order.read_text().split()) == 6, "all six to run")
    assert order.read_text().split() == ["caller"] + ["event"] * 5


@pytest.mark.fixed
def test_callers_do_not_hold_back_an_event_for_ever(emulator, tmp_path):
    gate, order = tmp_path / "gate", tmp_path / "order"
    emulator.invoke(do(["await", str(gate)], ["respond", "1"]), headers=EVENT)
    emulator.wait_for_note()
    callers = [emulator.begin(do(["note", str(order), "caller"], ["respond", "1"])) for _ in range(20)]
    assert emulator.invoke(do(["note", str(order), "event"], ["respond", "1"]), headers=EVENT).status == 202
    gate.touch()
    for caller in callers:
        assert caller.reply().body == b"1"
    wait_until(lambda: len(order.read_text().split()) == 21, "all to run")
    assert order.read_text().split().index("event") == 8


@pytest.mark.fixed
def test_a_hundred_events_all_run_once_and_in_order(emulator, tmp_path):
    ids = []
    with emulator.connect() as connection:
        for _ in range(100):
            connection.send(request(b"POST", INVOKE, b"{}", EVENT))
            ids.append(connection.reply().header("X-Amzn-RequestId"))
    emulator.wait_for_note(100)
    assert emulator.notes() == ids


@pytest.mark.fixed
def test_events_past_the_queue_are_refused_and_never_run(start, tmp_path):
    emulator = start(environment={"THIMBLE_EVENT_QUEUE_DEPTH": "2"})
    gate = tmp_path / "gate"
    waits = do(["await", str(gate)], ["respond", "1"])
    accepted = [emulator.invoke(waits, headers=EVENT) for _ in range(2)]
    assert [reply.status for reply in accepted] == [202, 202]
    refused = emulator.invoke(waits, headers=EVENT)
    assert refused.status == 429
    assert refused.header("x-amzn-ErrorType") == "TooManyRequestsException"
    assert refused.header("Retry-After")
    refused.json()
    gate.touch()
    emulator.wait_for_note(2)
    wait_until(lambda: emulator.invoke(headers=EVENT).status == 202, "room for another")
    assert refused.header("X-Amzn-RequestId") not in emulator.notes()


@pytest.mark.fixed
def test_the_bytes_of_events_that_wait_are_bounded(start, tmp_path):
    emulator = start(environment={"THIMBLE_EVENT_QUEUE_BYTES": "1000"})
    gate = tmp_path / "gate"
    assert emulator.invoke(do(["await", str(gate)], ["respond", "1"]), headers=EVENT).status == 202
    assert emulator.invoke(b" " * 950, headers=EVENT).status == 429
    assert emulator.invoke(b"1", headers=EVENT).status == 202
    gate.touch()
    wait_until(lambda: emulator.invoke(b" " * 950, headers=EVENT).status == 202, "room for another")


@pytest.mark.fixed
def test_an_event_of_a_megabyte_is_the_largest(emulator):
    assert emulator.invoke(b"x" * EVENT_LIMIT, headers=EVENT).status == 202
    reply = emulator.invoke(b"x" * (EVENT_LIMIT + 1), headers=EVENT)
    assert reply.status == 413
    assert reply.header("x-amzn-ErrorType") == "RequestTooLargeException"
    assert reply.json() == {
        "Type": "User",
        "message": "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)",
    }
    assert emulator.invoke(b"x" * (EVENT_LIMIT + 1)).status == 200
    emulator.wait_for_note(2)
    assert reply.header("X-Amzn-RequestId") not in emulator.notes()


@pytest.mark.fixed
def test_the_limit_of_events_can_be_set(start):
    emulator = start(environment={"THIMBLE_MAX_EVENT_BYTES": "1000"})
    assert emulator.invoke(b"x" * 1000, headers=EVENT).status == 202
    assert emulator.invoke(b"x" * 1001, headers=EVENT).status == 413


@pytest.mark.fixed
def test_what_the_end_drops_is_said(emulator, tmp_path):
    # One runs, two wait.
    for _ in range(3):
        emulator.invoke(do(["hang"]), headers=EVENT)
    emulator.wait_for_note()
    emulator.stop()
    assert b"[WARNING] (rapid) Shutting down: dropped 3 unfinished asynchronous invocations\n" in emulator.stderr
    assert len(emulator.notes()) == 1


@pytest.mark.kept
def test_the_caller_of_an_event_may_leave_at_once(emulator):
    connection = emulator.begin(b"{}", headers=EVENT)
    connection.close()
    emulator.wait_for_note()
    emulator.wait_for_stdout(rb"REPORT")


@pytest.mark.fixed
@pytest.mark.parametrize("name", [b"function", b"hello"])
def test_a_dry_run_runs_nothing(emulator, name):
    reply = emulator.function(name, b"{}", DRY_RUN)
    assert (reply.status, reply.body) == (204, b"")
    assert re.fullmatch(UUID, reply.header("X-Amzn-RequestId"))
    assert emulator.invoke(b"1").body == b"1"
    assert len(emulator.notes()) == 1


@pytest.mark.kept
@pytest.mark.parametrize("value", [b"RequestResponse", b""])
def test_request_response_is_the_default(emulator, value):
    reply = emulator.invoke(b"[1]", headers=[(b"X-Amz-Invocation-Type", value)])
    assert (reply.status, reply.body) == (200, b"[1]")


@pytest.mark.fixed
@pytest.mark.parametrize("name", [b"function", b"hello"])
@pytest.mark.parametrize("value", [b"event", b"Later", b"Event, DryRun"])
def test_another_type_is_the_caller_s_mistake(emulator, name, value):
    reply = emulator.function(name, b"{}", [(b"X-Amz-Invocation-Type", value)])
    assert reply.status == 400
    assert reply.header("x-amzn-ErrorType") == "InvalidParameterValueException"
    assert reply.json()["message"]
    assert emulator.starts() == []


@pytest.mark.fixed
def test_killing_the_runtime_of_an_event_is_a_failed_attempt(start, tmp_path):
    emulator = start(environment=AT_ONCE)
    request_id = emulator.invoke(do(["once", str(tmp_path / "first"), ["hang"]], ["respond", "1"]), headers=EVENT).header(
        "X-Amzn-RequestId"
    )
    emulator.wait_for_note()
    wait_until((tmp_path / "first").exists, "the handler to hang")
    os.kill(emulator.starts()[0], 9)
    emulator.wait_for_note(2)
    emulator.wait_for_stdout(rb"(?s)(REPORT.*){2}")
    assert emulator.notes() == [request_id] * 2
