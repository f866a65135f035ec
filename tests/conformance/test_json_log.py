"""--log-format json: the log as Lambda writes it in JSON format."""

import base64
import json
import re

import pytest

from support.emulator import UUID, do
from support.extensions import ExtensionPuppet
from support.http1 import request
from support.listener import TcpListener
from support.waiting import wait_until

pytestmark = pytest.mark.thimble

JSON = {"THIMBLE_LOG_FORMAT": "json"}
DEBUG = {**JSON, "THIMBLE_SYSTEM_LOG_LEVEL": "debug"}
WARN = {**JSON, "THIMBLE_SYSTEM_LOG_LEVEL": "warn"}
TAIL = [(b"X-Amz-Log-Type", b"Tail")]
TRACE = "Root=1-62e900b2-710d76f009d6e7785905449a;Parent=0efbd19962d95b05;Sampled=1"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


def logged(level, text="hello"):
    """A line as loggers in JSON format write it."""
    return json.dumps({"timestamp": "2024-11-02T16:51:31.587Z", "level": level, "message": text}) + "\n"


def records(log):
    """Every line of the log, which has to be JSON."""
    lines = log.split(b"\n")
    assert lines.pop() == b"", log
    return [json.loads(line) for line in lines]


def platform(log):
    """The emulator's own records in it, without times."""
    found = []
    for record in records(log):
        if str(record.get("type", "")).startswith("platform."):
            assert re.fullmatch(TIME, record["time"]), record
            assert list(record) == ["time", "type", "record"]
            found.append((record["type"], record["record"]))
    return found


def types(log):
    return [kind.removeprefix("platform.") for kind, _ in platform(log)]


def wait_for_reports(emulator, count=1):
    wait_until(lambda: emulator.stdout.count(b'"type":"platform.report"') == count, f"{count} reports")
    return emulator.stdout


# --- Records ----------------------------------------------------------------------------------------------------------


def test_an_invocation_is_a_start_its_output_and_a_report(start):
    emulator = start(environment=JSON)
    reply = emulator.invoke(do(["out", logged("INFO")], ["respond", "1"]))
    request_id = reply.header("X-Amzn-RequestId")
    first, output, last = wait_for_reports(emulator).splitlines()
    assert re.fullmatch(
        rf'{{"time":"{TIME}","type":"platform.start","record":'
        rf'{{"requestId":"{request_id}","version":"\$LATEST"}}}}',
        first.decode(),
    )
    assert output.decode() + "\n" == logged("INFO")
    assert re.fullmatch(
        rf'{{"time":"{TIME}","type":"platform.report","record":{{"requestId":"{request_id}","metrics":'
        r'{"durationMs":[0-9.]+,"billedDurationMs":[0-9]+,"memorySizeMB":3008,"maxMemoryUsedMB":[0-9]+,'
        r'"initDurationMs":[0-9.]+},"status":"success"}}',
        last.decode(),
    )


def test_at_debug_there_is_everything(start):
    emulator = start(environment=DEBUG)
    emulator.invoke()
    log = wait_for_reports(emulator)
    assert types(log) == ["initStart", "initRuntimeDone", "initReport", "start", "runtimeDone", "report"]
    of_type = dict(platform(log))
    on_demand = {"initializationType": "on-demand", "phase": "init"}
    assert of_type["platform.initStart"] == {
        **on_demand,
        "functionName": "test_function",
        "functionVersion": "$LATEST",
        "instanceMaxMemory": 3008,
    }
    assert of_type["platform.initRuntimeDone"] == {**on_demand, "status": "success"}
    assert of_type["platform.initReport"].keys() == {*on_demand, "status", "metrics"}
    assert of_type["platform.runtimeDone"]["status"] == "success"
    assert [span["name"] for span in of_type["platform.runtimeDone"]["spans"]] == [
        "responseLatency",
        "responseDuration",
        "runtimeOverhead",
    ]
    assert of_type["platform.runtimeDone"]["metrics"]["producedBytes"] == 2


def test_at_warn_there_is_only_what_went_wrong(start):
    emulator = start(environment=WARN)
    emulator.invoke()
    reply = emulator.function(b"f", do(["exit", 3]))
    request_id = reply.header("X-Amzn-RequestId")
    log = wait_for_reports(emulator)
    (done, done_record), (report, report_record) = platform(log)
    assert (done, report) == ("platform.runtimeDone", "platform.report")
    for record in (done_record, report_record):
        assert record["requestId"] == request_id
        assert (record["status"], record["errorType"]) == ("error", "Runtime.ExitError")


def test_a_timeout_has_its_own_status(start):
    emulator = start(environment={**JSON, "AWS_LAMBDA_FUNCTION_TIMEOUT": "1"})
    emulator.invoke(do(["hang"]))
    log = wait_for_reports(emulator)
    assert types(log) == ["start", "runtimeDone", "report"]
    assert [record.get("status") for _, record in platform(log)] == [None, "timeout", "timeout"]


def test_a_failed_start_is_told_at_every_level(start):
    emulator = start(environment=WARN, init=[["exit", 1]])
    emulator.invoke()
    log = wait_for_reports(emulator)
    assert types(log) == ["initRuntimeDone", "initReport", "runtimeDone", "report"]


def test_a_restore_is_told(begin_as_runtime):
    emulator, caller, runtime = begin_as_runtime(b"{}", "--enable-init-caching", environment=DEBUG)
    assert runtime.get(b"/2018-06-01/runtime/restore/next").status == 200
    runtime.respond(runtime.next_id())
    caller.reply()
    runtime.ask_next()
    log = wait_for_reports(emulator)
    assert types(log)[:5] == ["initStart", "restoreStart", "restoreRuntimeDone", "restoreReport", "initRuntimeDone"]
    of_type = dict(platform(log))
    assert of_type["platform.initStart"]["initializationType"] == "snap-start"
    assert of_type["platform.restoreStart"]["functionName"] == "test_function"
    assert of_type["platform.restoreRuntimeDone"] == {"status": "success"}
    assert of_type["platform.restoreReport"]["status"] == "success"


def test_the_log_says_what_extensions_are_told(begin_as_runtime):
    emulator, caller, runtime = begin_as_runtime(environment=DEBUG, headers=[(b"X-Amzn-Trace-Id", TRACE.encode())])
    listener = TcpListener()
    try:
        extension = ExtensionPuppet(emulator, b"internal", [b"INVOKE"])
        wanted = {
            "schemaVersion": "2025-01-29",
            "types": ["platform"],
            "buffering": {"timeoutMs": 25},
            "destination": listener.destination(),
        }
        identifier = [(b"Lambda-Extension-Identifier", extension.identifier)]
        extension.connection.send(request(b"PUT", b"/2022-07-01/telemetry", json.dumps(wanted).encode(), identifier))
        assert extension.connection.reply().status == 200
        extension.ask_next()
        request_id = runtime.next_id()
        extension.event()
        extension.ask_next()
        runtime.respond(request_id)
        caller.reply()
        runtime.ask_next()
        listener.wait_for("platform.report")
        told = [(record["type"], record["record"]) for record in listener.records()]
        assert platform(wait_for_reports(emulator)) == told
    finally:
        listener.close()


# --- Output -----------------------------------------------------------------------------------------------------------


def test_output_is_passed_on_byte_for_byte(start):
    emulator = start(environment=WARN)
    text = "no JSON \x00\xff\x1b[31m\r\n{\n" + logged("TRACE") + "no end of line"
    emulator.invoke(do(["out", text], ["respond", "1"]))
    emulator.invoke(do(["out", "\nmore"], ["respond", "1"]))
    wait_until(lambda: emulator.stdout == text.encode("latin-1") + b"\nmore", "the output")


def test_a_record_has_a_line_of_its_own(start):
    emulator = start(environment=JSON)
    reply = emulator.invoke(do(["out", '"partial"'], ["respond", "1"]), headers=TAIL)
    log = wait_for_reports(emulator)
    assert [record if isinstance(record, str) else record["type"] for record in records(log)] == [
        "platform.start",
        "partial",
        "platform.report",
    ]
    assert base64.b64decode(reply.header("X-Amz-Log-Result")) == log


def test_lines_below_the_application_log_level_are_left_out(start):
    emulator = start(environment={**JSON, "AWS_LAMBDA_LOG_LEVEL": "WARN"})
    lines = [logged("TRACE"), logged("warn"), logged("DEBUG"), "no level, so INFO\n", logged("ERROR"), logged("INFO")]
    without_time = '{"level":"ERROR"}\n'
    reply = emulator.invoke(do(["out", "".join(lines) + without_time], ["respond", "1"]), headers=TAIL)
    log = wait_for_reports(emulator)
    assert [record.get("level") for record in records(log)] == [None, "warn", "ERROR", None]
    assert types(log) == ["start", "report"]
    assert base64.b64decode(reply.header("X-Amz-Log-Result")) == log


def test_a_line_that_comes_in_pieces_is_judged_as_a_whole(start, tmp_path):
    emulator = start(environment={**JSON, "AWS_LAMBDA_LOG_LEVEL": "INFO"})
    for level, count in (("DEBUG", 0), ("ERROR", 1)):
        line, gate = logged(level, "x" * 100_000), tmp_path / level
        steps = do(["out", line[:50_000]], ["await", str(gate)], ["out", line[50_000:]], ["respond", "1"])
        caller = emulator.begin(steps)
        emulator.wait_for_note(count + 1)
        gate.touch()
        caller.reply()
        log = wait_for_reports(emulator, count + 1)
        assert log.count(line.encode()) == count
        assert log.count(b"x" * 100) == count * 1000


@pytest.mark.parametrize("level", [{}, {"AWS_LAMBDA_LOG_LEVEL": "INFO"}], ids=["all", "by level"])
def test_a_line_is_never_in_the_middle_of_another_environment_s(start, tmp_path, level):
    emulator = start("--concurrency", "2", environment={**JSON, **level})
    lines = [logged("ERROR", letter * 100_000) for letter in "ab"]
    gates = [tmp_path / letter for letter in "ab"]
    callers = []
    for number, (line, gate) in enumerate(zip(lines, gates)):
        steps = do(["out", line[:50_000]], ["await", str(gate)], ["out", line[50_000:]], ["respond", "1"])
        callers.append(emulator.begin(steps))
        emulator.wait_for_note(number + 1)
    for caller, gate in zip(callers, gates):
        gate.touch()
        assert caller.reply().status == 200
    log = wait_for_reports(emulator, 2)
    assert [log.count(line.encode()) for line in lines] == [1, 1]
    records(log)


def test_a_line_without_an_end_is_in_the_log_when_the_runtime_dies(start):
    emulator = start(environment={**JSON, "AWS_LAMBDA_LOG_LEVEL": "INFO"})
    emulator.invoke(do(["out", "last words"], ["exit", 1]))
    assert b"\nlast words\n{" in wait_for_reports(emulator)


def test_levels_say_nothing_of_text(start):
    emulator = start(environment={"AWS_LAMBDA_LOG_LEVEL": "ERROR", "AWS_LAMBDA_LOG_FORMAT": "JSON"})
    emulator.invoke(do(["out", logged("DEBUG")], ["respond", "1"]))
    emulator.wait_for_stdout(rb"REPORT")
    assert emulator.stdout.startswith(b"START RequestId: "), "the log's format is the emulator's own setting"
    assert logged("DEBUG").encode() in emulator.stdout


@pytest.mark.parametrize("given, told", [(None, "JSON"), ("Text", "Text"), ("JSON", "JSON")])
def test_the_runtime_is_told_the_format(start, given, told):
    environment = {**JSON, "AWS_LAMBDA_LOG_LEVEL": "DEBUG", **({"AWS_LAMBDA_LOG_FORMAT": given} if given else {})}
    seen = start(environment=environment).invoke(do(["report"])).json()["environment"]
    assert (seen["AWS_LAMBDA_LOG_FORMAT"], seen["AWS_LAMBDA_LOG_LEVEL"]) == (told, "DEBUG")


def test_with_text_the_runtime_is_told_nothing(start):
    assert "AWS_LAMBDA_LOG_FORMAT" not in start().invoke(do(["report"])).json()["environment"]


def test_the_tail_is_what_stands_in_the_log(start):
    emulator = start(environment=JSON)
    emulator.invoke()
    before = len(wait_for_reports(emulator))
    reply = emulator.invoke(do(["out", logged("INFO")], ["exit", 1]), headers=TAIL)
    log = wait_for_reports(emulator, 2)[before:]
    assert base64.b64decode(reply.header("X-Amz-Log-Result")) == log
    assert types(log) == ["start", "runtimeDone", "report"]


# --- The emulator's own lines -----------------------------------------------------------------------------------------


def test_the_emulator_s_own_lines_are_json(start):
    emulator = start("--log-format", "json")
    emulator.invoke()
    emulator.invoke(do(["exit", 3]))
    wait_for_reports(emulator, 2)
    emulator.stop()
    lines = records(emulator.stderr)
    for line in lines:
        assert list(line) == ["timestamp", "level", "message"]
        assert re.fullmatch(TIME, line["timestamp"])
        assert line["level"] in ("INFO", "WARN", "ERROR")
    said = [(line["level"], line["message"]) for line in lines]
    assert ("INFO", "INIT START(type: on-demand, phase: init)") in said
    assert ("WARN", "Process runtime-1 exited: exit status 3") in said
    assert any(re.fullmatch(f"Invoke failed error=.* InvokeID={UUID}", text) for level, text in said if level == "ERROR")


def test_the_emulator_s_own_lines_have_a_level(start):
    emulator = start("--log-format=json", "--log-level=error")
    emulator.invoke(do(["exit", 3]))
    wait_for_reports(emulator)
    emulator.stop()
    assert {line["level"] for line in records(emulator.stderr)} == {"ERROR"}
