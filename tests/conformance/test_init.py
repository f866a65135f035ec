"""When environments start and end: --init eager, --cold, --repeat-init."""

import base64
import re

import pytest

from support.emulator import PUPPET, RUNTIME, UUID, do, free_ports, run
from support.extensions import ExtensionFolder, ExtensionPuppet
from support.http1 import request
from support.listener import HttpListener
from support.processes import alive
from support.puppet import Puppet
from support.waiting import wait_until

pytestmark = pytest.mark.thimble

INIT_ERROR = '{"errorMessage":"no module","errorType":"Runtime.ImportModuleError","stackTrace":[]}'
EAGER = ("--init", "eager")
EVENT = [(b"X-Amz-Invocation-Type", b"Event")]
TAIL = [(b"X-Amz-Log-Type", b"Tail")]
RESTORE_NEXT = b"/2018-06-01/runtime/restore/next"
RESTORE_ERROR = b"/2018-06-01/runtime/restore/error"

# Ways in which a runtime's init fails: its steps, and what the caller gets if that is the end of it.
FAILURES = [
    pytest.param([["exit", 3]], b"exit status 3", id="exit"),
    pytest.param([["kill", 9]], b"signal: killed", id="kill"),
    pytest.param([["init-error", INIT_ERROR], ["exit", 1]], b"no module", id="error"),
    pytest.param([["init-error", INIT_ERROR], ["hang"]], b"no module", id="error and no end"),
]


@pytest.fixture
def extensions(tmp_path):
    return ExtensionFolder(tmp_path)


@pytest.fixture
def listener():
    one = HttpListener()
    yield one
    one.close()


def phases(emulator):
    """The phases of the inits so far and how they ended, in their order."""
    found = re.findall(rb"INIT START\(type: [a-z-]+, phase: (\w+)\)|INIT RTDONE\(status: (\w+)\)", emulator.stderr)
    return [(start or end).decode() for start, end in found]


def assert_phases(emulator, *expected):
    """The log may have them a moment after the caller has its answer."""
    wait_until(lambda: len(phases(emulator)) >= len(expected), f"the log of {expected}")
    assert phases(emulator) == list(expected)


def reports(emulator, count):
    """The REPORT lines, when there are that many."""
    pattern = rb"REPORT RequestId: [^\n]*\n"
    return wait_until(
        lambda: len(re.findall(pattern, emulator.stdout)) >= count and re.findall(pattern, emulator.stdout),
        f"{count} REPORT lines",
    )


def with_init(emulator, count):
    """For each REPORT line whether it has an Init Duration."""
    return [b"\tInit Duration: " in line for line in reports(emulator, count)]


def pid(emulator, **options):
    """Invokes once and returns who it was that answered."""
    reply = emulator.invoke(do(["report"]), **options)
    assert reply.status == 200, reply
    return reply.json()["pid"]


def subscribe(extension, listener):
    body = (
        b'{"schemaVersion":"2022-12-13","types":["platform"],"buffering":{"timeoutMs":25},'
        b'"destination":{"protocol":"HTTP","URI":"%s"}}' % listener.destination()["URI"].encode()
    )
    headers = [(b"Lambda-Extension-Identifier", extension.identifier)]
    extension.connection.send(request(b"PUT", b"/2022-07-01/telemetry", body, headers))
    assert extension.connection.reply().status == 200


# --- --init eager -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flags, environment", [(EAGER, {}), ((), {"THIMBLE_INIT": "eager"})], ids=["flag", "variable"])
def test_eager_starts_the_runtime_before_any_invocation(start, flags, environment):
    emulator = start(*flags, environment=environment)
    [started] = emulator.wait_for_start()
    emulator.wait_for_stderr(rb"INIT REPORT\(durationMs: [\d.]+\)\n")
    assert_phases(emulator, "init", "success")
    assert b"START RequestId" not in emulator.stdout
    assert [pid(emulator), pid(emulator)] == [started, started]
    assert with_init(emulator, 2) == [True, False]


def test_lazy_is_the_default(start):
    for flags in ((), ("--init", "lazy")):
        emulator = start(*flags)
        assert emulator.invoke(b"[1]", b"/no/such/path").status == 404
        assert b"INIT START" not in emulator.stderr
        assert emulator.invoke(b"[1]").body == b"[1]"
        assert with_init(emulator, 1) == [True]


def test_an_invocation_that_comes_during_an_eager_init_waits_for_it(start):
    emulator = start(*EAGER, command=PUPPET)
    emulator.wait_for_start()
    runtime = Puppet(emulator)
    callers = [emulator.begin(b"[%d]" % number) for number in range(3)]
    for number, caller in enumerate(callers):
        reply = runtime.next()
        runtime.respond(reply.header("Lambda-Runtime-Aws-Request-Id").encode(), reply.body)
        assert caller.reply().body == b"[%d]" % number
    runtime.ask_next()
    assert with_init(emulator, 3) == [True, False, False]
    assert len(emulator.starts()) == 1


@pytest.mark.parametrize(("steps", "reason"), FAILURES)
def test_an_eager_init_that_fails_is_told_and_tried_again_by_the_first_invocation(start, tmp_path, steps, reason):
    emulator = start(*EAGER, init=[["once", str(tmp_path / "before"), *steps]])
    emulator.wait_for_stderr(rb"\[ERROR\] \(rapid\) Init failed error=[^\n]+ InvokeID=\n")
    assert emulator.invoke(b"[1]").body == b"[1]"
    assert_phases(emulator, "init", "error", "invoke", "success")
    assert len(emulator.starts()) == 2
    assert len(reports(emulator, 1)) == 1


@pytest.mark.parametrize(("steps", "reason"), FAILURES)
def test_the_first_invocation_has_one_attempt_after_an_eager_init(start, steps, reason):
    emulator = start(*EAGER, init=steps)
    emulator.wait_for_stderr(rb"INIT RTDONE\(status: error\)")
    reply = emulator.invoke()
    assert reply.status == 502
    assert reason in reply.body
    assert_phases(emulator, "init", "error", "invoke", "error")


def test_an_invocation_that_waits_for_an_eager_init_does_not_fail_with_it(start):
    emulator = start(*EAGER, command=PUPPET)
    emulator.wait_for_start()
    caller = emulator.begin(b"[1]")
    assert Puppet(emulator).fail_init(INIT_ERROR.encode()).status == 202
    emulator.wait_for_start(2)
    runtime = Puppet(emulator)
    runtime.respond(runtime.next_id(), b"[2]")
    assert caller.reply().body == b"[2]"
    runtime.ask_next()
    assert with_init(emulator, 1) == [True]


def test_an_eager_start_of_what_cannot_be_started_does_not_end_the_emulator(start, tmp_path):
    script = tmp_path / "bootstrap"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)
    emulator = start(*EAGER, command=(str(script), "h"))
    emulator.wait_for_stderr(rb"First fatal error stored in appctx: Runtime.InvalidEntrypoint\n")
    assert emulator.invoke().status == 502
    script.unlink()
    script.symlink_to(PUPPET[0])
    caller = emulator.begin()
    emulator.wait_for_start()
    runtime = Puppet(emulator)
    runtime.respond(runtime.next_id(), b"[1]")
    assert caller.reply().body == b"[1]"


def test_only_the_first_environment_is_started_eagerly(start):
    emulator = start(*EAGER)
    emulator.wait_for_start()
    assert emulator.invoke(do(["exit", 1])).status == 502
    emulator.wait_for_stderr(rb"Process runtime-1 exited")
    assert emulator.invoke(b"[1]").body == b"[1]"
    assert_phases(emulator, "init", "success", "invoke", "success")


@pytest.mark.parametrize("init", [[["hang"]], None], ids=["in init", "after it"])
def test_the_emulator_ends_before_the_first_invocation(start, init):
    emulator = start(*EAGER, init=init)
    [started] = emulator.wait_for_start()
    emulator.stop()
    assert not alive(started)


def test_an_eager_init_includes_external_extensions(start, extensions):
    extensions.add("logger", ["register", ["INVOKE", "SHUTDOWN"]], ["loop"])
    emulator = start(*EAGER, *extensions.flags)
    emulator.wait_for_stderr(rb"INIT RTDONE\(status: success\)")
    assert extensions.events("logger") == []
    reply = emulator.invoke(b"[1]")
    [event] = extensions.wait_for_events("logger")
    assert (event["eventType"], event["requestId"]) == ("INVOKE", reply.header("X-Amzn-RequestId"))
    assert len(extensions.pids("logger")) == len(emulator.starts()) == 1


def test_an_eager_init_fails_with_an_extension(start, extensions):
    extensions.add("good", ["register", ["INVOKE"]], ["loop"])
    bad = extensions.add_script("bad", "exit 4")
    emulator = start(*EAGER, *extensions.flags)
    emulator.wait_for_stderr(rb"Init failed error=exit status 4 InvokeID=\n")
    bad.unlink()
    assert emulator.invoke(b"[1]").body == b"[1]"
    assert_phases(emulator, "init", "error", "invoke", "success")


def test_a_subscriber_of_an_eager_init_gets_what_it_was(start, listener):
    emulator = start(*EAGER, command=PUPPET)
    emulator.wait_for_start()
    extension = ExtensionPuppet(emulator, b"internal", [b"INVOKE"])
    subscribe(extension, listener)
    extension.ask_next()
    runtime = Puppet(emulator)
    runtime.ask_next()
    emulator.wait_for_stderr(rb"INIT RTDONE\(status: success\)")
    caller = emulator.begin()
    request_id = runtime.connection.reply(to=b"GET").header("Lambda-Runtime-Aws-Request-Id").encode()
    assert extension.event()["eventType"] == "INVOKE"
    runtime.respond(request_id)
    runtime.ask_next()
    extension.ask_next()
    assert caller.reply().status == 200
    listener.wait_for("platform.report")
    told = {record["type"]: record["record"] for record in listener.records()}
    assert told["platform.initStart"]["phase"] == told["platform.initReport"]["phase"] == "init"
    init, report = told["platform.initReport"]["metrics"], told["platform.report"]["metrics"]
    assert report["initDurationMs"] == init["durationMs"]


def test_an_eager_environment_is_the_first_tenant_s_and_the_only_one(start):
    emulator = start(*EAGER, "--concurrency", "2")
    [started] = emulator.wait_for_start()
    assert pid(emulator, headers=[(b"X-Amz-Tenant-Id", b"blue")]) == started
    assert pid(emulator, headers=[(b"X-Amz-Tenant-Id", b"red")]) != started
    assert len(emulator.starts()) == 2


def test_an_eager_init_of_snap_start_ends_with_the_restore(start):
    emulator = start(*EAGER, "--enable-init-caching", command=PUPPET)
    emulator.wait_for_start()
    runtime = Puppet(emulator)
    assert runtime.get(RESTORE_NEXT).status == 200
    runtime.ask_next()
    emulator.wait_for_stderr(rb"RESTORE RTDONE\(status: success\)")
    emulator.wait_for_stderr(rb"INIT RTDONE\(status: success\)")
    assert b"INIT START(type: snap-start, phase: init)" in emulator.stderr
    caller = emulator.begin()
    reply = runtime.connection.reply(to=b"GET")
    runtime.respond(reply.header("Lambda-Runtime-Aws-Request-Id").encode(), b"[2]")
    assert caller.reply().body == b"[2]"


# --- --cold -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flags, environment", [(("--cold",), {}), ((), {"THIMBLE_COLD": "1"})], ids=["flag", "variable"])
def test_cold_gives_every_invocation_a_new_process(start, flags, environment):
    emulator = start(*flags, environment=environment)
    seen = [pid(emulator) for _ in range(4)]
    assert len(set(seen)) == 4
    assert emulator.starts() == seen
    assert with_init(emulator, 4) == [True] * 4
    assert_phases(emulator, *["init", "success"] * 4)
    wait_until(lambda: not any(map(alive, seen)), "the end of the runtimes")


def test_cold_answers_at_once_and_the_next_waits_for_the_end(start, extensions):
    extensions.add("slow", ["register", ["SHUTDOWN"]], ["next"], ["await", str(extensions.path.parent / "gate")])
    emulator = start("--cold", *extensions.flags)
    first = pid(emulator)
    extensions.wait_for_events("slow")
    assert len(emulator.starts()) == 1
    second = emulator.begin(do(["report"]))
    (extensions.path.parent / "gate").touch()
    assert second.reply().json()["pid"] != first
    assert len(extensions.pids("slow")) == len(emulator.starts()) == 2


def test_cold_answers_many_callers_at_once(start):
    emulator = start("--cold")
    callers = [emulator.begin(do(["report"])) for _ in range(6)]
    seen = [caller.reply().json()["pid"] for caller in callers]
    assert seen == emulator.starts()
    assert len(set(seen)) == 6


def test_cold_environments_run_beside_each_other(start, tmp_path):
    emulator = start("--cold", "--concurrency", "2")
    seen = []
    for number in range(2):
        one, other = str(tmp_path / f"one-{number}"), str(tmp_path / f"other-{number}")
        callers = [
            emulator.begin(do(["touch", one], ["await", other], ["report"])),
            emulator.begin(do(["touch", other], ["await", one], ["report"])),
        ]
        seen += [caller.reply().json()["pid"] for caller in callers]
    assert len(set(seen)) == 4
    assert with_init(emulator, 4) == [True] * 4


def test_cold_is_a_spindown_for_runtime_and_extensions(start, extensions, tmp_path):
    script = tmp_path / "bootstrap"
    words = " ".join(f"'{word}'" for word in RUNTIME)
    script.write_text(f"#!/bin/sh\ntrap 'echo runtime: SIGTERM; exit 0' TERM\n{words} &\nwait\n")
    script.chmod(0o755)
    extensions.add("logger", ["register", ["INVOKE", "SHUTDOWN"]], ["loop"])
    extensions.add("idle", ["register", ["INVOKE"]], ["loop"])
    emulator = start("--cold", *extensions.flags, command=(str(script), "h"))
    for count in (1, 2):
        assert emulator.invoke(b"[1]").body == b"[1]"
        events = extensions.wait_for_events("logger", 2 * count)
        assert [event["eventType"] for event in events] == ["INVOKE", "SHUTDOWN"] * count
        assert events[-1]["shutdownReason"] == "spindown"
        wait_until(lambda: emulator.stdout.count(b"runtime: SIGTERM\n") == count, "the runtime's last words")
    wait_until(lambda: not any(map(alive, extensions.pids("idle"))), "the end of an extension without SHUTDOWN")
    assert len(extensions.pids("idle")) == 2


def test_cold_takes_asynchronous_invocations_and_tails(start):
    emulator = start("--cold")
    for _ in range(2):
        assert emulator.invoke(b"[1]", headers=EVENT).status == 202
    reply = emulator.invoke(do(["out", "hello\n"], ["respond", "1"]), headers=TAIL)
    tail = base64.b64decode(reply.header("X-Amz-Log-Result"))
    assert b"hello\nEND RequestId: " in tail
    assert b"\tInit Duration: " in tail
    assert with_init(emulator, 3) == [True] * 3
    emulator.wait_for_start(3)
    assert len(set(emulator.starts())) == 3


def test_cold_after_a_failure_is_a_new_environment_too(start):
    emulator = start("--cold")
    assert emulator.invoke(do(["exit", 1])).status == 502
    assert emulator.invoke(b"[1]").body == b"[1]"
    assert_phases(emulator, *["init", "success"] * 2)
    assert with_init(emulator, 2) == [True, True]


def test_cold_and_eager_start_the_first_environment_at_once(start):
    emulator = start("--cold", *EAGER)
    [first] = emulator.wait_for_start()
    assert pid(emulator) == first
    assert pid(emulator) != first
    assert with_init(emulator, 2) == [True, True]


def test_cold_restores_every_environment_of_snap_start(start):
    emulator = start("--cold", "--enable-init-caching", command=PUPPET)
    for count in (1, 2):
        caller = emulator.begin()
        emulator.wait_for_start(count)
        runtime = Puppet(emulator)
        assert runtime.get(RESTORE_NEXT).status == 200
        runtime.respond(runtime.next_id(), b"[%d]" % count)
        assert caller.reply().body == b"[%d]" % count
        runtime.ask_next()
    reports(emulator, 2)
    assert emulator.stderr.count(b"RESTORE RTDONE(status: success)\n") == 2


def test_a_subscriber_in_a_cold_environment_gets_all_of_its_invocation(start, listener):
    emulator = start("--cold", command=PUPPET)
    for count in (1, 2):
        caller = emulator.begin()
        emulator.wait_for_start(count)
        extension = ExtensionPuppet(emulator, b"internal", [b"INVOKE"])
        subscribe(extension, listener)
        extension.ask_next()
        runtime = Puppet(emulator)
        runtime.respond(runtime.next_id())
        assert caller.reply().status == 200
        assert extension.event()["eventType"] == "INVOKE"
        runtime.ask_next()
        extension.ask_next()
        listener.wait_for("platform.report", count)
    told = [record["type"] for record in listener.records()]
    for each in ("initStart", "initReport", "start", "runtimeDone", "report"):
        assert told.count(f"platform.{each}") == 2, told


# --- --repeat-init ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "flags, environment", [(("--repeat-init",), {}), ((), {"THIMBLE_REPEAT_INIT": "1"})], ids=["flag", "variable"]
)
@pytest.mark.parametrize(("steps", "reason"), FAILURES)
def test_an_init_that_fails_is_tried_again_for_the_same_invocation(
    start, tmp_path, flags, environment, steps, reason
):
    emulator = start(*flags, environment=environment, init=[["once", str(tmp_path / "before"), *steps]])
    reply = emulator.invoke(b"[1]")
    assert (reply.status, reply.body) == (200, b"[1]")
    assert_phases(emulator, "init", "error", "invoke", "success")
    emulator.wait_for_stderr(rb"(?s)(INIT REPORT\(durationMs: [\d.]+\)\n.*){2}")
    assert len(re.findall(rb"Init failed error=", emulator.stderr)) == 1
    assert len(emulator.starts()) == 2
    assert with_init(emulator, 1) == [True]
    assert emulator.stdout.count(b"START RequestId: ") == 1


@pytest.mark.parametrize(("steps", "reason"), FAILURES)
def test_an_init_that_fails_twice_is_the_answer(start, steps, reason):
    emulator = start("--repeat-init", init=steps)
    reply = emulator.invoke()
    assert reply.status == 502
    assert reason in reply.body
    assert_phases(emulator, "init", "error", "invoke", "error")
    assert len(emulator.starts()) == 2
    assert len(reports(emulator, 1)) == 1
    # From now on every init is part of an invocation, and that has only one.
    assert emulator.invoke().status == 502
    assert_phases(emulator, "init", "error", "invoke", "error", "invoke", "error")


def test_without_the_flag_the_first_failure_is_the_answer(start):
    emulator = start(init=[["exit", 3]])
    assert emulator.invoke().status == 502
    assert_phases(emulator, "init", "error")


def test_the_start_of_what_cannot_be_started_is_tried_again(start, tmp_path):
    script = tmp_path / "bootstrap"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)
    emulator = start("--repeat-init", command=(str(script), "h"))
    assert emulator.invoke().status == 502
    assert_phases(emulator, "init", "error", "invoke", "error")


def test_an_init_is_tried_again_with_its_extensions(start, extensions, tmp_path):
    before = tmp_path / "before"
    extensions.add("logger", ["register", ["INVOKE", "SHUTDOWN"]], ["loop"])
    emulator = start("--repeat-init", *extensions.flags, init=[["once", str(before), ["exit", 1]]])
    assert emulator.invoke(b"[1]").body == b"[1]"
    events = extensions.wait_for_events("logger", 2)
    assert [event["eventType"] for event in events] == ["SHUTDOWN", "INVOKE"]
    assert events[0]["shutdownReason"] == "failure"
    assert len(extensions.pids("logger")) == 2


def test_an_init_that_an_extension_spoils_is_tried_again(start, extensions, tmp_path):
    before = tmp_path / "before"
    script = extensions.add("logger", ["register", ["INVOKE"]], ["loop"])
    lines = script.read_text().splitlines()
    script.write_text("\n".join([lines[0], f'[ -e "{before}" ] || {{ touch "{before}"; exit 4; }}', *lines[1:], ""]))
    emulator = start("--repeat-init", *extensions.flags)
    reply = emulator.invoke(b"[1]")
    assert (reply.status, reply.body) == (200, b"[1]")
    assert_phases(emulator, "init", "error", "invoke", "success")


def test_a_failed_restore_is_tried_again(start):
    emulator = start("--repeat-init", "--enable-init-caching", command=PUPPET)
    caller = emulator.begin()
    emulator.wait_for_start()
    runtime = Puppet(emulator)
    assert runtime.get(RESTORE_NEXT).status == 200
    assert runtime.post(RESTORE_ERROR, INIT_ERROR.encode()).status == 202
    emulator.wait_for_start(2)
    runtime = Puppet(emulator)
    assert runtime.get(RESTORE_NEXT).status == 200
    runtime.respond(runtime.next_id(), b"[2]")
    assert caller.reply().body == b"[2]"


def test_the_tail_has_both_attempts(start, tmp_path):
    emulator = start("--repeat-init", init=[["out", "init\n"], ["once", str(tmp_path / "before"), ["exit", 1]]])
    reply = emulator.invoke(do(["out", "hello\n"], ["respond", "1"]), headers=TAIL)
    tail = base64.b64decode(reply.header("X-Amz-Log-Result"))
    assert re.match(rb"init\ninit\nSTART RequestId: %s [^\n]*\nhello\nEND " % UUID.encode(), tail), tail


def test_an_asynchronous_invocation_whose_init_is_tried_again_has_not_failed(start, tmp_path):
    emulator = start("--repeat-init", "--event-retries=0", init=[["once", str(tmp_path / "before"), ["exit", 1]]])
    assert emulator.invoke(b"[1]", headers=EVENT).status == 202
    assert len(reports(emulator, 1)) == 1
    assert len(emulator.notes()) == 1


def test_an_eager_init_and_the_first_invocation_s_are_the_two_attempts(start):
    emulator = start(*EAGER, "--repeat-init", init=[["exit", 3]])
    emulator.wait_for_stderr(rb"INIT RTDONE\(status: error\)")
    assert emulator.invoke().status == 502
    assert_phases(emulator, "init", "error", "invoke", "error")


def test_in_cold_environments_every_first_init_is_tried_again(start):
    emulator = start("--cold", "--repeat-init", init=[["exit", 3]])
    for count in (1, 2):
        assert emulator.invoke().status == 502
        assert_phases(emulator, *["init", "error", "invoke", "error"] * count)


# --- with --no-runtime ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flag", ["--init=eager", "--cold", "--repeat-init"])
@pytest.mark.parametrize("by_flag", [True, False])
def test_there_is_nothing_to_start_if_the_runtime_is_started_elsewhere(tmp_path, flag, by_flag):
    words, environment = (["--no-runtime"], {}) if by_flag else ([], {"THIMBLE_NO_RUNTIME": "1"})
    ports = free_ports(2)
    addresses = [f"--runtime-interface-emulator-address=127.0.0.1:{ports[0]}"]
    addresses += [f"--runtime-api-address=127.0.0.1:{ports[1]}"]
    refusal = run(tmp_path / "refused", flag, *words, *addresses, environment=environment, ports=ports)
    refusal.assert_one_line(flag.partition("=")[0].encode(), b"--no-runtime")


def test_a_value_that_is_neither_lazy_nor_eager_is_refused(tmp_path):
    run(tmp_path / "refused", "--init", "soon", *RUNTIME).assert_one_line(b"--init: 'soon' is not lazy or eager")
