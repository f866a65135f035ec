"""The text log: START, END and REPORT on stdout, the incumbent's lines about itself on stderr."""

import re

import pytest

from support.emulator import UUID, do
from support.waiting import wait_until

REPORT = (
    rb"REPORT RequestId: (?P<id>" + UUID.encode() + rb")\t"
    rb"(?:Init Duration: (?P<init>[0-9]+\.[0-9]{2}) ms\t)?"
    rb"Duration: (?P<duration>[0-9]+\.[0-9]{2}) ms\t"
    rb"Billed Duration: (?P<billed>[0-9]+) ms\t"
    rb"Memory Size: (?P<size>[0-9]+) MB\t"
    rb"Max Memory Used: (?P<used>[0-9]+) MB\t\n"
)
KEYS = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_SESSION_TOKEN": "c"}


def reports(emulator, count):
    """Waits for `count` REPORT lines and returns their matches."""
    return wait_until(
        lambda: len(found := list(re.finditer(REPORT, emulator.stdout))) >= count and found, f"{count} REPORT lines"
    )


def line(text):
    """A line of the emulator about itself: time, level and message, as in `[INFO] (rapid) INIT START(...)`."""
    return (
        rb"(?m)^[0-3]\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d,\d{3} " + text + rb"$"
    )


def literally(text):
    return line(re.escape(text.encode()))


def keys(text, **values):
    """A message with keys in any order: the incumbent's order is random."""
    parts = [re.escape(f"{key}={value}") for key, value in values.items()]
    either = "(?:" + " ".join(parts) + "|" + " ".join(reversed(parts)) + ")"
    return line(re.escape(text.encode()) + b" " + either.encode())


# --- stdout -----------------------------------------------------------------------------------------------------------


@pytest.mark.kept
def test_an_invocation_logs_start_its_output_end_and_report_in_this_order(emulator):
    emulator.invoke(do(["out", "hello\n"], ["respond", "1"]))
    reports(emulator, 1)
    uuid = UUID.encode()
    assert re.fullmatch(
        rb"START RequestId: " + uuid + rb" Version: \$LATEST\nhello\nEND RequestId: (" + uuid + rb")\n" + REPORT,
        emulator.stdout,
    ), emulator.stdout


@pytest.mark.kept
def test_end_and_report_have_the_runtime_s_request_id(emulator):
    emulator.invoke()
    report = reports(emulator, 1)[0]
    assert report["id"].decode() == emulator.notes()[0]
    assert b"END RequestId: " + report["id"] + b"\n" in emulator.stdout


@pytest.mark.fixed
def test_start_has_the_runtime_s_request_id(emulator):
    emulator.invoke()
    emulator.invoke()
    started = re.findall(rb"START RequestId: (\S+) Version: \$LATEST\n", emulator.stdout)
    assert [identifier.decode() for identifier in started] == emulator.notes()


@pytest.mark.kept
def test_start_names_the_version_of_the_environment(start):
    emulator = start(environment={"AWS_LAMBDA_FUNCTION_VERSION": "12"})
    emulator.invoke()
    assert re.search(rb"START RequestId: \S+ Version: 12\n", emulator.stdout)


@pytest.mark.kept
def test_only_the_first_report_has_an_init_duration(emulator):
    for _ in range(3):
        emulator.invoke()
    assert [report["init"] is not None for report in reports(emulator, 3)] == [True, False, False]


@pytest.mark.fixed
def test_the_init_duration_is_the_time_init_took_and_no_part_of_the_duration(start):
    emulator = start(init=[["burn", 300]])
    emulator.invoke()
    report = reports(emulator, 1)[0]
    assert 300 <= float(report["init"]) < 5000
    assert float(report["duration"]) < 300


@pytest.mark.fixed
def test_after_a_crash_the_report_has_an_init_duration_again(emulator):
    emulator.invoke()
    emulator.invoke(do(["exit", 1]))
    emulator.invoke()
    emulator.invoke()
    assert [report["init"] is not None for report in reports(emulator, 4)] == [True, False, True, False]


@pytest.mark.kept
def test_the_duration_is_at_least_the_time_the_handler_took(emulator):
    emulator.invoke()
    emulator.invoke(do(["burn", 120], ["respond", "1"]))
    report = reports(emulator, 2)[1]
    assert 120 <= float(report["duration"]) < 5000


@pytest.mark.kept
def test_the_billed_duration_is_rounded_up_to_the_millisecond(emulator):
    for _ in range(5):
        emulator.invoke()
    # The billed time is that of the unrounded duration: 1.9999 ms is printed as 2.00 ms.
    for report in reports(emulator, 5)[1:]:
        assert 0 <= int(report["billed"]) - float(report["duration"]) <= 1.005


@pytest.mark.kept
def test_the_memory_size_is_the_configured_one(start):
    emulator = start(environment={"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512"})
    emulator.invoke()
    assert reports(emulator, 1)[0]["size"] == b"512"


@pytest.mark.fixed
def test_the_memory_used_is_what_the_runtime_really_used(emulator):
    emulator.invoke()
    emulator.invoke(do(["allocate", 150], ["respond", "1"]))
    small, large = (int(report["used"]) for report in reports(emulator, 2))
    assert 3 <= small < 100
    assert 150 <= large < 300


@pytest.mark.fixed
def test_a_child_s_memory_counts(emulator):
    emulator.invoke(do(["allocate-in-child", 150], ["respond", "1"]))
    assert 150 <= int(reports(emulator, 1)[0]["used"]) < 400


@pytest.mark.kept
def test_a_handler_error_is_reported_like_a_success(emulator):
    emulator.invoke(do(["error", "{}"]))
    assert reports(emulator, 1)


@pytest.mark.kept
def test_a_timeout_s_duration_is_the_timeout(start):
    emulator = start(environment={"AWS_LAMBDA_FUNCTION_TIMEOUT": "1"})
    emulator.invoke(do(["hang"]))
    report = reports(emulator, 1)[0]
    assert (report["duration"], report["billed"]) == (b"1000.00", b"1000")


@pytest.mark.fixed
@pytest.mark.parametrize("name", [b"function", b"hello"])
def test_a_crash_is_reported_too(emulator, name):
    reply = emulator.function(name, do(["out", "last words\n"], ["exit", 1]))
    report = reports(emulator, 1)[0]
    assert report["id"].decode() == reply.header("X-Amzn-RequestId")
    assert re.search(rb"START RequestId: .*\nlast words\nEND RequestId: .*\nREPORT RequestId: ", emulator.stdout)


@pytest.mark.fixed
def test_a_failed_init_is_reported_too(start):
    emulator = start(init=[["exit", 3]])
    reply = emulator.invoke()
    report = reports(emulator, 1)[0]
    assert report["id"].decode() == reply.header("X-Amzn-RequestId")
    assert b"END RequestId: " + report["id"] in emulator.stdout


@pytest.mark.fixed
def test_every_answered_invocation_has_exactly_one_start_end_and_report(emulator):
    events = [b"1", do(["exit", 1]), b"2", do(["error", "{}"]), do(["respond", "1"], ["respond", "2"]), b"3"]
    ids = [emulator.invoke(event).header("X-Amzn-RequestId") for event in events]
    reports(emulator, len(events))
    for word in ("START", "END", "REPORT"):
        assert re.findall(word + r" RequestId: (\S+)", emulator.stdout.decode()) == ids


# --- stderr -----------------------------------------------------------------------------------------------------------


@pytest.mark.kept
def test_a_first_invoke_logs_init_and_invoke(start):
    emulator = start(environment=KEYS)
    emulator.invoke()
    for pattern in (
        literally("[INFO] (rapid) INIT START(type: on-demand, phase: init)"),
        literally("[INFO] (rapid) INIT RTDONE(status: success)"),
        line(rb"\[INFO\] \(rapid\) INIT REPORT\(durationMs: [0-9]+\.[0-9]{6}\)"),
        literally(f"[INFO] (rapid) INVOKE START(requestId: {emulator.notes()[0]})"),
        line(
            rb"\[INFO\] \(rapid\) INVOKE RTDONE"
            rb"\(status: success, produced bytes: [0-9]+, duration: [0-9]+\.[0-9]{6}ms\)"
        ),
    ):
        emulator.wait_for_stderr(pattern)


@pytest.mark.kept
def test_a_second_invoke_logs_no_init(emulator):
    emulator.invoke()
    emulator.invoke()
    emulator.wait_for_stderr(rb"INVOKE RTDONE(?s:.*)INVOKE RTDONE")
    assert emulator.stderr.count(b" INIT START(") == 1
    assert emulator.stderr.count(b" INVOKE START(") == 2


@pytest.mark.kept
def test_missing_credentials_are_mentioned(emulator):
    emulator.invoke()
    emulator.wait_for_stderr(
        literally(
            "[INFO] (rapid) Starting runtime without AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN , "
            "Expected?: false"
        )
    )


@pytest.mark.kept
def test_complete_credentials_are_not_mentioned(start):
    emulator = start(environment=KEYS)
    emulator.invoke()
    assert b"Starting runtime without" not in emulator.stderr


@pytest.mark.kept
def test_the_init_in_the_log_took_as_long_as_it_took(start):
    emulator = start(init=[["burn", 200]])
    emulator.invoke()
    milliseconds = float(emulator.wait_for_stderr(rb"INIT REPORT\(durationMs: ([0-9.]+)\)")[1])
    assert 200 <= milliseconds < 5000


@pytest.mark.fixed
@pytest.mark.parametrize(("step", "size"), [(["respond", "12345"], 5), (["respond-size", 1_000_000], 1_000_000)])
def test_the_produced_bytes_are_those_of_the_response(emulator, step, size):
    emulator.invoke(do(step))
    emulator.wait_for_stderr(rb"INVOKE RTDONE\(status: success, produced bytes: %d, " % size)


@pytest.mark.kept
def test_a_crash_logs_the_incumbent_s_lines(emulator):
    emulator.invoke(do(["exit", 1]))
    request_id = emulator.notes()[0]
    for pattern in (
        literally("[WARNING] (rapid) First fatal error stored in appctx: Runtime.ExitError"),
        literally("[WARNING] (rapid) Process runtime-1 exited: exit status 1"),
        keys(
            "[ERROR] (rapid) Invoke failed",
            error="Runtime exited with error: exit status 1",
            InvokeID=request_id,
        ),
        literally("[ERROR] (rapid) Invoke DONE failed: Runtime.ExitError"),
        literally("[WARNING] (rapid) Reset initiated: ReleaseFail"),
        literally("[INFO] (rapid) Waiting for runtime domain processes termination"),
    ):
        emulator.wait_for_stderr(pattern)


@pytest.mark.kept
def test_the_start_after_a_crash_is_said_to_be_in_the_invoke_phase(emulator):
    emulator.invoke(do(["exit", 1]))
    emulator.invoke()
    emulator.wait_for_stderr(literally("[INFO] (rapid) INIT START(type: on-demand, phase: invoke)"))


@pytest.mark.kept
def test_runtimes_are_numbered_by_generation(emulator):
    for _ in range(3):
        emulator.invoke(do(["exit", 1]))
    for name in ("runtime-1", "runtime-3", "runtime-5"):
        emulator.wait_for_stderr(literally(f"[WARNING] (rapid) Process {name} exited: exit status 1"))


@pytest.mark.kept
def test_a_failed_init_logs_the_incumbent_s_lines(start):
    emulator = start(init=[["exit", 3]])
    emulator.invoke()
    for pattern in (
        literally("[WARNING] (rapid) Process runtime-1 exited: exit status 3"),
        literally("[INFO] (rapid) INIT RTDONE(status: error)"),
        keys("[ERROR] (rapid) Init failed", error="Runtime exited with error: exit status 3", InvokeID=""),
    ):
        emulator.wait_for_stderr(pattern)


@pytest.mark.kept
def test_an_entrypoint_that_cannot_be_started_is_logged_as_an_invalid_one(start, tmp_path):
    script = tmp_path / "bootstrap"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)
    emulator = start(command=(str(script), "h"))
    emulator.invoke()
    emulator.wait_for_stderr(
        literally("[WARNING] (rapid) First fatal error stored in appctx: Runtime.InvalidEntrypoint")
    )
    emulator.wait_for_stderr(
        keys("[ERROR] (rapid) Init failed", error=f"fork/exec {script}: no such file or directory", InvokeID="")
    )


@pytest.mark.kept
def test_a_timeout_logs_the_incumbent_s_lines(start):
    emulator = start(environment={"AWS_LAMBDA_FUNCTION_TIMEOUT": "1"})
    emulator.invoke(do(["hang"]))
    for pattern in (
        keys("[ERROR] (rapid) Invoke failed", error="errResetReceived", InvokeID=emulator.notes()[0]),
        literally("[WARNING] (rapid) Reset initiated: Timeout"),
        literally(f"[INFO] (rapid) Sending SIGKILL to runtime-1({emulator.starts()[0]})."),
        literally("[INFO] (rapid) Waiting for runtime domain processes termination"),
    ):
        emulator.wait_for_stderr(pattern)


@pytest.mark.kept
def test_a_bad_client_context_is_logged(emulator):
    emulator.invoke(headers=[(b"X-Amz-Client-Context", b"%%%")])
    emulator.wait_for_stderr(
        literally("[ERROR] (rapid) Failed to decode X-Amz-Client-Context: illegal base64 data at input byte 0")
    )


@pytest.mark.kept
def test_nothing_of_the_emulator_s_own_is_on_stdout(emulator):
    emulator.invoke()
    emulator.invoke(do(["exit", 1]))
    assert b"(rapid)" not in emulator.stdout
    assert b"RequestId: " not in emulator.stderr.replace(b"requestId: ", b"")


@pytest.mark.kept
def test_what_callers_and_runtimes_say_cannot_put_escape_sequences_into_the_log(emulator):
    # Both may be refused for it; what counts is what is printed.
    emulator.invoke(headers=[(b"X-Amzn-Trace-Id", b"Root=1\x1b[31m"), (b"X-Amz-Tenant-Id", b"a\x1b[2J")])
    header = {"Lambda-Runtime-Function-Error-Type": "Runtime.\x1b[1mBad"}
    emulator.invoke(do(["error", "{}", header], ["new-connection"], ["respond", "1"]))
    reports(emulator, 1)
    assert b"\x1b" not in emulator.stderr
    assert b"\x1b" not in emulator.stdout
