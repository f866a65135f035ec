"""The Telemetry API and the Logs API: extensions that subscribe to what happens."""

import json
import os
import re
import signal

import pytest

from support.emulator import PUPPET, UUID, do
from support.extensions import ExtensionFolder, ExtensionPuppet
from support.http1 import request
from support.listener import HttpListener, TcpListener
from support.puppet import Puppet
from support.waiting import wait_until

pytestmark = pytest.mark.thimble

TELEMETRY = b"/2022-07-01/telemetry"
LOGS = b"/2020-08-15/logs"
ALL = ("platform", "function", "extension")
TRACE = "Root=1-62e900b2-710d76f009d6e7785905449a;Parent=0efbd19962d95b05;Sampled=1"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
FAST = {"timeoutMs": 25}


@pytest.fixture
def listen():
    """listen(kind) makes listeners that are closed at the end."""
    made = []

    def listen(kind=HttpListener):
        made.append(kind())
        return made[-1]

    yield listen
    for one in made:
        one.close()


@pytest.fixture
def listener(listen):
    return listen()


@pytest.fixture
def extensions(tmp_path):
    return ExtensionFolder(tmp_path)


def body(destination, types=ALL, schema="2022-12-13", buffering=FAST):
    text = {"schemaVersion": schema, "types": list(types), "buffering": buffering, "destination": destination}
    return json.dumps({name: value for name, value in text.items() if value is not None}).encode()


def put(extension, path, text, connection=None):
    """The reply to a subscription."""
    identifier = [(b"Lambda-Extension-Identifier", extension.identifier)] if extension.identifier else []
    connection = connection or extension.connection
    connection.send(request(b"PUT", path, text, identifier))
    return connection.reply()


def subscribe(extension, *arguments, path=TELEMETRY, **options):
    reply = put(extension, path, body(*arguments, **options))
    assert (reply.status, reply.body) == (200, b'"OK"'), reply


@pytest.fixture
def in_init(begin_as_runtime):
    """in_init(...): a runtime in init, and an internal extension of it that has registered."""

    def begin(*flags, **options):
        emulator, caller, runtime = begin_as_runtime(b"{}", *flags, **options)
        return emulator, caller, runtime, ExtensionPuppet(emulator, b"internal", [b"INVOKE"])

    return begin


def finish_one(runtime, caller, extension):
    """Carries out the invocation that waits for the runtime's start, to its end."""
    extension.ask_next()
    request_id = runtime.next_id()
    assert extension.event()["eventType"] == "INVOKE"
    assert runtime.respond(request_id, b"[1]").status == 202
    assert caller.reply().body == b"[1]"
    extension.ask_next()
    runtime.ask_next()
    return request_id.decode()


# --- what is delivered ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["sandbox.localdomain", "sandbox", "localhost", "127.0.0.1"])
def test_an_invocation_is_told_from_init_to_report(in_init, listener, host):
    _, caller, runtime, extension = in_init(headers=[(b"X-Amzn-Trace-Id", TRACE.encode())])
    subscribe(extension, listener.destination(host))
    request_id = finish_one(runtime, caller, extension)
    report = listener.wait_for("platform.report")[0]

    records = listener.records()
    assert [record["type"] for record in records] == [
        "platform.initStart",
        "platform.telemetrySubscription",
        "platform.extension",
        "platform.initRuntimeDone",
        "platform.initReport",
        "platform.start",
        "platform.runtimeDone",
        "platform.report",
    ]
    assert all(re.fullmatch(TIME, record["time"]) and list(record) == ["time", "type", "record"] for record in records)
    assert [record["time"] for record in records] == sorted(record["time"] for record in records)
    said = {record["type"].removeprefix("platform."): record["record"] for record in records}
    on_demand = {"initializationType": "on-demand", "phase": "init"}
    assert said["initStart"] == {**on_demand, "functionName": "test_function", "functionVersion": "$LATEST"}
    assert said["telemetrySubscription"] == {"name": "internal", "state": "Subscribed", "types": list(ALL)}
    assert said["extension"] == {"name": "internal", "state": "Ready", "events": ["INVOKE"]}
    assert said["initRuntimeDone"] == {**on_demand, "status": "success"}
    assert said["initReport"].pop("metrics").keys() == {"durationMs"}
    assert said["initReport"] == {**on_demand, "status": "success"}
    tracing = {"spanId": "0efbd19962d95b05", "type": "X-Amzn-Trace-Id", "value": TRACE}
    assert said["start"] == {"requestId": request_id, "version": "$LATEST", "tracing": tracing}

    done = said["runtimeDone"]
    assert (done["requestId"], done["status"], done["tracing"]) == (request_id, "success", tracing)
    assert done["metrics"]["producedBytes"] == 3
    assert [span["name"] for span in done["spans"]] == ["responseLatency", "responseDuration", "runtimeOverhead"]
    assert sum(span["durationMs"] for span in done["spans"]) == pytest.approx(done["metrics"]["durationMs"], abs=0.01)
    assert all(re.fullmatch(TIME, span["start"]) for span in done["spans"])

    metrics = report["record"]["metrics"]
    assert metrics["memorySizeMB"] == 3008 and metrics["maxMemoryUsedMB"] > 0
    assert 0 <= metrics["billedDurationMs"] - metrics["durationMs"] < 1
    assert metrics["initDurationMs"] > 0
    assert (report["record"]["requestId"], report["record"]["status"]) == (request_id, "success")


def test_what_is_said_in_telemetry_is_what_the_log_says(in_init, listener):
    emulator, caller, runtime, extension = in_init()
    subscribe(extension, listener.destination())
    finish_one(runtime, caller, extension)
    metrics = listener.wait_for("platform.report")[0]["record"]["metrics"]
    logged = emulator.wait_for_stdout(
        rb"REPORT RequestId: \S+\tInit Duration: ([\d.]+) ms\tDuration: ([\d.]+) ms\tBilled Duration: (\d+) ms"
    )
    init, duration, billed = (float(value) for value in logged.groups())
    assert metrics["initDurationMs"] == pytest.approx(init, abs=0.006)
    assert metrics["durationMs"] == pytest.approx(duration, abs=0.006)
    assert metrics["billedDurationMs"] == billed


@pytest.fixture
def printing(start, tmp_path):
    """printing(...): a runtime that prints in init and waits, and an internal extension that has registered then."""

    def begin(*flags, text="early\n", **options):
        go = tmp_path / "go"
        emulator = start(*flags, init=[["out", text], ["await", str(go)]], **options)
        caller = emulator.begin(do(["out", "one\ntwo\n"], ["err", "no line feed"], ["echo"]))
        emulator.wait_for_stdout(re.escape(text.encode()))
        extension = ExtensionPuppet(emulator, b"internal", [])
        return caller, extension, go.touch

    return begin


def test_what_was_printed_before_the_subscription_is_delivered_too(printing, listener):
    caller, extension, go = printing()
    subscribe(extension, listener.destination(), ["function"])
    extension.ask_next()
    go()
    assert caller.reply().status == 200
    lines = listener.wait_for("function", 4)
    assert [line["record"] for line in lines] == ["early", "one", "two", "no line feed"]
    assert {record["type"] for record in listener.records()} == {"function"}


@pytest.mark.parametrize(
    ("schema", "environment", "is_object"),
    [
        ("2022-07-01", {"AWS_LAMBDA_LOG_FORMAT": "JSON"}, False),
        ("2022-12-13", {"AWS_LAMBDA_LOG_FORMAT": "JSON"}, True),
        ("2025-01-29", {"AWS_LAMBDA_LOG_FORMAT": "JSON"}, True),
        ("2025-01-29", {"AWS_LAMBDA_LOG_FORMAT": "Text"}, False),
        ("2025-01-29", {}, False),
    ],
)
def test_a_json_line_is_an_object_where_that_is_the_log_format(printing, listener, schema, environment, is_object):
    line = '{"level":"INFO","message":"hello"}'
    _, extension, go = printing(text=line + "\n", environment=environment)
    subscribe(extension, listener.destination(), ["function"], schema=schema)
    go()
    record = listener.wait_for("function")[0]["record"]
    assert record == (json.loads(line) if is_object else line)


def test_the_logs_api_has_records_of_its_own(in_init, listener):
    _, caller, runtime, extension = in_init()
    destination = {**listener.destination(path="/lambda_logs"), "method": "PUT"}
    subscribe(extension, destination, schema="2021-03-18", path=LOGS)
    request_id = finish_one(runtime, caller, extension)
    listener.wait_for("platform.report")
    said = {record["type"].removeprefix("platform."): record["record"] for record in listener.records()}
    assert list(said) == ["logsSubscription", "extension", "start", "runtimeDone", "end", "report"]
    assert said["logsSubscription"] == {"name": "internal", "state": "Subscribed", "types": list(ALL)}
    assert said["start"] == {"requestId": request_id, "version": "$LATEST"}
    assert said["runtimeDone"] == {"requestId": request_id, "status": "success"}
    assert said["end"] == {"requestId": request_id}
    assert said["report"].keys() == {"requestId", "metrics"}
    method, path, headers, _ = listener.requests[0]
    assert (method, path, headers["Content-Type"]) == ("PUT", "/lambda_logs", "application/json")


def test_lines_of_the_logs_api_keep_their_end(printing, listener):
    _, extension, go = printing()
    subscribe(extension, listener.destination(), ["function"], schema=None, path=LOGS)
    extension.ask_next()
    go()
    lines = listener.wait_for("function", 4)
    assert [line["record"] for line in lines] == ["early\n", "one\n", "two\n", "no line feed"]


def test_records_are_lines_over_tcp(in_init, listen):
    listener = listen(TcpListener)
    _, caller, runtime, extension = in_init()
    subscribe(extension, listener.destination())
    request_id = finish_one(runtime, caller, extension)
    assert listener.wait_for("platform.report")[0]["record"]["requestId"] == request_id


def test_an_external_extension_hears_what_another_prints(start, extensions, listener):
    extensions.add("talker", ["register", []], ["out", "from the talker\n"], ["loop"])
    extensions.add_puppet("listener")
    emulator = start(*extensions.flags, command=PUPPET)
    emulator.begin()
    extensions.wait_for_start("listener")
    extension = ExtensionPuppet(emulator, b"listener", [b"INVOKE"])
    subscribe(extension, listener.destination(), ["extension"])
    assert listener.wait_for("extension")[0]["record"] == "from the talker"


def test_a_crash_is_told_at_once(in_init, listener):
    emulator, caller, runtime, extension = in_init()
    # So long that only a flush can be why it comes.
    subscribe(extension, listener.destination(), ["platform"], buffering={"timeoutMs": 30000})
    extension.ask_next()
    request_id = runtime.next_id().decode()
    os.kill(emulator.starts()[-1], signal.SIGKILL)
    assert caller.reply().status == 502
    done = listener.wait_for("platform.runtimeDone")[0]["record"]
    assert (done["requestId"], done["status"], done["errorType"]) == (request_id, "error", "Runtime.ExitError")
    report = listener.wait_for("platform.report")[0]["record"]
    assert (report["requestId"], report["status"], report["errorType"]) == (request_id, "error", "Runtime.ExitError")


def test_a_timeout_is_told(in_init, listener):
    _, _, runtime, extension = in_init(environment={"AWS_LAMBDA_FUNCTION_TIMEOUT": "1"})
    subscribe(extension, listener.destination(), ["platform"])
    extension.ask_next()
    runtime.next_id()
    assert listener.wait_for("platform.runtimeDone")[0]["record"]["status"] == "timeout"
    assert listener.wait_for("platform.report")[0]["record"]["status"] == "timeout"


def test_an_environment_s_subscriptions_end_with_it(in_init, listener):
    emulator, caller, runtime, extension = in_init()
    subscribe(extension, listener.destination(), ["platform"])
    os.kill(emulator.starts()[-1], signal.SIGKILL)
    caller.reply()
    listener.wait_for("platform.report")
    before = len(listener.records())
    again = emulator.begin()
    emulator.wait_for_start(2)
    second = Puppet(emulator)
    request_id = second.next_id()
    second.respond(request_id, b"[2]")
    assert again.reply().body == b"[2]"
    second.ask_next()
    emulator.wait_for_stdout(b"REPORT RequestId: " + request_id)
    assert len(listener.records()) == before


def test_a_listener_that_is_not_there_delays_nobody(in_init, listener):
    emulator, caller, runtime, extension = in_init()
    destination = listener.destination()
    listener.close()
    subscribe(extension, destination)
    finish_one(runtime, caller, extension)
    emulator.wait_for_stdout(b"REPORT RequestId: " + UUID.encode())


def test_a_listener_that_comes_late_gets_everything(in_init, listener):
    _, caller, runtime, extension = in_init()
    listener.status = 500
    subscribe(extension, listener.destination())
    wait_until(lambda: listener.requests, "the first try")
    listener.status = 200
    refused = len(listener.requests)
    finish_one(runtime, caller, extension)

    def types():
        return [record["type"] for *_, text in listener.requests[refused:] for record in json.loads(text)]

    wait_until(lambda: "platform.report" in types(), "the report")
    assert types()[0] == "platform.initStart"


def test_many_lines_arrive_in_their_order(start, tmp_path, listener):
    go = tmp_path / "go"
    emulator = start(init=[["await", str(go)]])
    count = 20000
    caller = emulator.begin(do(["out", "".join(f"line {i}\n" for i in range(count))], ["echo"]))
    emulator.wait_for_start()
    extension = ExtensionPuppet(emulator, b"internal", [])
    subscribe(extension, listener.destination(), ["function"], buffering={"timeoutMs": 25, "maxBytes": 1048576})
    extension.ask_next()
    go.touch()
    assert caller.reply().status == 200

    def seen():
        records = listener.records()
        lines = [int(record["record"][5:]) for record in records if record["type"] == "function"]
        dropped = sum(r["record"]["droppedRecords"] for r in records if r["type"] == "platform.logsDropped")
        return len(lines) + dropped == count and lines

    lines = wait_until(seen, "every line, delivered or counted")
    assert lines == sorted(lines)


# --- subscribing ------------------------------------------------------------------------------------------------------


def refusal(error_type, message):
    return b'{"errorMessage":"%s","errorType":"%s"}\n' % (message.encode(), error_type.encode())


@pytest.mark.parametrize(
    ("path", "error_type"), [(TELEMETRY, "ValidationError"), (LOGS, "Logs.ValidationError")], ids=["telemetry", "logs"]
)
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"types": []}, "types should not be empty"),
        ({"types": ["metrics"]}, "type 'metrics' is not one of platform, function, extension"),
        ({"schemaVersion": "2019-01-01"}, "schemaVersion '2019-01-01' is not supported"),
        ({"destination": None}, "destination is not provided"),
        ({"destination": {"protocol": "HTTP", "URI": "http://sandbox"}}, "URI port is not provided"),
        ({"destination": {"protocol": "HTTP", "URI": "https://sandbox:4243"}}, "URI should start with http://"),
        ({"destination": {"protocol": "TCP", "port": 9001}}, "port 9001 is reserved"),
        ({"buffering": {"maxItems": 999}}, "maxItems 999 is not in 1000..10000"),
        ({"buffering": {"maxBytes": 1048577}}, "maxBytes 1048577 is not in 262144..1048576"),
        ({"buffering": {"timeoutMs": 24}}, "timeoutMs 24 is not in 25..30000"),
    ],
)
def test_a_wrong_subscription_is_refused(in_init, path, error_type, change, message):
    _, _, _, extension = in_init()
    schema = "2022-07-01" if path == TELEMETRY else "2020-08-15"
    good = {"schemaVersion": schema, "types": ["platform"], "destination": {"protocol": "TCP", "port": 4243}}
    reply = put(extension, path, json.dumps({**good, **change}).encode())
    assert (reply.status, reply.body) == (400, refusal(error_type, message))
    assert reply.header("Content-Type") == "application/json"


def test_the_emulator_s_own_ports_are_no_destinations(in_init):
    emulator, _, _, extension = in_init()
    for port in (emulator.invoke_port, emulator.runtime_port):
        reply = put(extension, TELEMETRY, body({"protocol": "TCP", "port": port}))
        assert (reply.status, reply.body) == (400, refusal("ValidationError", f"port {port} is reserved"))


def test_one_api_is_subscribed_to(in_init, listener):
    _, _, _, extension = in_init()
    subscribe(extension, listener.destination())
    subscribe(extension, listener.destination())
    reply = put(extension, LOGS, body(listener.destination(), schema="2020-08-15"))
    message = "the extension has subscribed with the Telemetry API already"
    assert (reply.status, reply.body) == (400, refusal("Logs.ValidationError", message))


@pytest.mark.parametrize(("path", "name"), [(TELEMETRY, "Telemetry"), (LOGS, "Logs")])
def test_after_init_it_is_too_late(in_init, listener, path, name):
    emulator, caller, runtime, extension = in_init()
    finish_one(runtime, caller, extension)
    with emulator.connect_runtime_api() as connection:
        reply = put(extension, path, body(listener.destination()), connection)
    message = f"{name} API subscription is closed already"
    assert (reply.status, reply.body) == (403, refusal(f"{name}.SubscriptionClosed", message))


@pytest.mark.parametrize(
    ("identifier", "error_type"),
    [
        (None, "Extension.MissingExtensionIdentifier"),
        (b"me", "Extension.InvalidExtensionIdentifier"),
        (b"11111111-2222-4333-8444-555555555555", "Extension.UnknownExtensionIdentifier"),
    ],
)
def test_a_subscription_says_whose_it_is(in_init, listener, identifier, error_type):
    _, _, _, extension = in_init()
    extension.identifier = identifier
    reply = put(extension, TELEMETRY, body(listener.destination()))
    assert (reply.status, reply.json()["errorType"]) == (403, error_type)


@pytest.mark.parametrize("path", [TELEMETRY, LOGS])
@pytest.mark.parametrize("method", [b"GET", b"POST", b"DELETE"])
def test_a_wrong_method_is_a_405(in_init, path, method):
    _, _, _, extension = in_init()
    extension.connection.send(request(method, path, b"" if method == b"POST" else None))
    reply = extension.connection.reply(to=method)
    assert (reply.status, reply.header("Allow"), reply.body) == (405, "PUT", b"")
