"""Streamed responses together with the emulator's other parts: events, tails, versions, refusals, attach, extensions."""

import base64

import pytest

from support.emulator import PUPPET, do
from support.extensions import ExtensionPuppet
from support.listener import HttpListener
from support.puppet import Puppet, request_id_of
from support.waiting import wait_until
from test_streaming import STREAM_INVOKE, Events, Streamer, begin, complete_error  # noqa: F401
from test_telemetry import LOGS, TELEMETRY, subscribe

pytestmark = pytest.mark.thimble

EVENT = [(b"X-Amz-Invocation-Type", b"Event")]
TAIL = [(b"X-Amz-Log-Type", b"Tail")]
AT_ONCE = {"THIMBLE_EVENT_RETRY_DELAY": "0"}


# --- events -----------------------------------------------------------------------------------------------------------


def test_an_event_s_stream_is_read_to_its_end_and_a_success_however_long(start):
    emulator = start(command=PUPPET, environment=AT_ONCE)
    assert emulator.invoke(headers=EVENT).status == 202
    emulator.wait_for_start()
    runtime = Streamer(emulator).begin()
    for _ in range(8):
        runtime.piece(b"x" * 1024 * 1024)
    runtime.end()
    runtime.assert_accepted()
    emulator.wait_for_stdout(rb"REPORT RequestId: " + runtime.id)
    assert b"Asynchronous invocation" not in emulator.stderr
    assert emulator.invoke(b"1", headers=[(b"X-Amz-Invocation-Type", b"DryRun")]).status == 204


@pytest.mark.parametrize("end", [["exit", 3], ["kill", 9]])
def test_an_event_whose_stream_breaks_off_is_tried_again(start, end):
    emulator = start(environment=AT_ONCE)
    request_id = emulator.invoke(do(["begin-stream"], ["piece", "x"], end), headers=EVENT).header("X-Amzn-RequestId")
    emulator.wait_for_stderr(rb"after 3 attempts: Runtime.ExitError")
    assert emulator.notes() == [request_id] * 3


# --- what the request says --------------------------------------------------------------------------------------------


def test_the_tail_comes_with_the_end_of_the_stream(emulator):
    steps = do(["out", "hello\n"], ["begin-stream"], ["piece", "x"], ["end-stream"], ["out", "late\n"])
    payload, complete = Events(emulator.begin(steps, STREAM_INVOKE, TAIL)).to_the_end()
    assert payload == b"x" and set(complete) == {"LogResult"}
    tail = base64.b64decode(complete["LogResult"], validate=True)
    assert tail.startswith(b"START RequestId: ") and b"\nhello\nlate\nEND RequestId: " in tail
    wait_until(lambda: emulator.stdout == tail, "the log to have the same")


def test_the_tail_of_a_stream_that_breaks_off(emulator):
    steps = do(["out", "hello\n"], ["begin-stream"], ["piece", "x"], ["exit", 3])
    payload, complete = Events(emulator.begin(steps, STREAM_INVOKE, TAIL)).to_the_end()
    assert payload == b"x"
    assert complete_error(complete)[1]["errorType"] == "Runtime.ExitError"
    assert b"\nhello\nEND RequestId: " in base64.b64decode(complete["LogResult"])


def test_the_version_that_was_named_is_the_one_executed(emulator):
    steps = do(["begin-stream"], ["piece", "x"], ["end-stream"])
    for name in (b"hello:PROD", b"hello"):
        path = b"/2021-11-15/functions/" + name + b"/response-streaming-invocations"
        if name == b"hello":
            path += b"?Qualifier=PROD"
        events = Events(emulator.begin(steps, path))
        assert events.head.header("X-Amz-Executed-Version") == "PROD"
        assert events.to_the_end() == (b"x", {})


@pytest.mark.parametrize(
    "body, headers, status",
    [
        (b"no JSON", [], 400),
        (b"{}", [(b"Content-Type", b"text/html")], 415),
        (b"{}", EVENT, 400),
        (b"{}", [(b"X-Amz-Log-Type", b"All")], 400),
        (b"{}", [(b"X-Amz-Client-Context", b"?")], 400),
        (b"{}", [(b"X-Amz-Invocation-Type", b"DryRun")], 204),
    ],
)
def test_the_same_is_refused_as_of_a_plain_invoke(emulator, body, headers, status):
    with emulator.begin(body, STREAM_INVOKE, headers) as caller:
        assert caller.reply().status == status
    assert emulator.starts() == []


# --- attach -----------------------------------------------------------------------------------------------------------


def test_an_attached_runtime_whose_stream_took_too_long_goes_on(start):
    emulator = start(command=(), environment={"THIMBLE_NO_RUNTIME": "1", "AWS_LAMBDA_FUNCTION_TIMEOUT": "1"})
    puppet = Puppet(emulator)
    puppet.ask_next()
    caller = emulator.begin(path=STREAM_INVOKE)
    late_id = puppet.connection.reply(to=b"GET").header("Lambda-Runtime-Aws-Request-Id").encode()
    puppet.connection.send(
        b"POST /2018-06-01/runtime/invocation/" + late_id + b"/response HTTP/1.1\r\nHost: runtime\r\n"
        b"Lambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"
    )
    payload, complete = Events(caller).to_the_end()
    assert payload == b"half"
    assert complete_error(complete)[1]["errorType"] == "Sandbox.Timedout"
    caller = emulator.begin(b"[2]")
    puppet.connection.send(b"4\r\nlate\r\n0\r\n\r\n")
    assert puppet.connection.reply().status == 400
    reply = puppet.next()
    assert reply.body == b"[2]"
    assert puppet.respond(request_id_of(reply), b"[3]").status == 202
    assert caller.reply().body == b"[3]"


# --- extensions and telemetry -----------------------------------------------------------------------------------------


@pytest.fixture
def told(start):
    """told(...): an emulator, its caller of a stream, the runtime that has the event, an extension, what that is told."""
    listener = HttpListener()

    def begin(**options):
        emulator = start(command=PUPPET)
        caller = emulator.begin(path=STREAM_INVOKE)
        emulator.wait_for_start()
        extension = ExtensionPuppet(emulator, b"internal", [b"INVOKE"])
        subscribe(extension, listener.destination(), ["platform"], **options)
        extension.ask_next()
        runtime = Streamer(emulator)
        assert extension.event()["eventType"] == "INVOKE"
        return emulator, caller, runtime, extension, listener

    yield begin
    listener.close()


def test_the_end_of_a_stream_waits_for_extensions_and_telemetry_has_its_duration(told):
    emulator, caller, runtime, extension, listener = told()
    runtime.begin().piece(b"first")
    events = Events(caller)
    assert events.payload_piece() == b"first"
    # The stream lasts for as long as another one needs to be refused.
    assert Puppet(emulator).next().status == 403
    runtime.piece(b"last").end()
    assert events.to_the_end() == (b"last", {})
    runtime.assert_accepted()
    done = listener.wait_for("platform.runtimeDone")[0]
    spans = {span["name"]: span["durationMs"] for span in done["record"]["spans"]}
    assert spans["responseDuration"] > 0 and spans["responseLatency"] > 0
    assert done["record"]["metrics"]["producedBytes"] == 9
    assert b"END RequestId" not in emulator.stdout
    extension.ask_next()
    emulator.wait_for_stdout(rb"END RequestId: " + runtime.id)


@pytest.mark.parametrize(
    "path, schema, said",
    [
        (TELEMETRY, "2022-12-13", {"status": "error", "errorType": "Runtime.TruncatedResponse"}),
        (LOGS, "2021-03-18", {"status": "failure"}),
    ],
    ids=["telemetry", "logs"],
)
def test_a_stream_that_breaks_off_is_no_success_though_the_runtime_lives(told, path, schema, said):
    emulator, caller, runtime, extension, listener = told(path=path, schema=schema)
    runtime.begin().piece(b"half")
    events = Events(caller)
    assert events.payload_piece() == b"half"
    runtime.puppet.reconnect()
    assert complete_error(events.to_the_end()[1])[1]["errorType"] == "Runtime.TruncatedResponse"
    runtime.puppet.ask_next()
    extension.ask_next()
    emulator.wait_for_stderr(rb"INVOKE RTDONE\(status: error, produced bytes: 4, ")
    done = listener.wait_for("platform.runtimeDone")[0]["record"]
    assert done["requestId"] == runtime.id.decode() and said.items() <= done.items()
    report = listener.wait_for("platform.report")[0]["record"]
    if path == TELEMETRY:
        assert said.items() <= report.items()
    # It was that response and not the next one.
    second = emulator.begin(path=STREAM_INVOKE)
    runtime.id = request_id_of(runtime.puppet.receive())
    assert extension.event()["eventType"] == "INVOKE"
    runtime.begin().piece(b"x").end()
    assert Events(second).to_the_end() == (b"x", {})
    runtime.assert_accepted()
    extension.ask_next()
    for record in (listener.wait_for(f"platform.{which}", 2)[1]["record"] for which in ("runtimeDone", "report")):
        assert record.get("status", "success") == "success" and "errorType" not in record
