"""SIGTERM and SIGINT: exit code 0 at once, whatever is going on, and no process left behind."""

import re
import signal

import pytest

from support.emulator import RUNTIME, do, unshared
from support.processes import alive, living_in_session
from support.waiting import wait_until

BOTH = pytest.mark.parametrize(
    ("number", "name"), [(signal.SIGTERM, "terminated"), (signal.SIGINT, "interrupt")], ids=["SIGTERM", "SIGINT"]
)


def end_by(emulator, number):
    """Sends the signal and asserts that the emulator ends with 0 and leaves nothing."""
    emulator.signal(number)
    wait_until(emulator.ended, "the emulator's end")
    assert emulator.process.returncode == 0
    wait_until(lambda: not living_in_session(emulator.process.pid), "the end of everything it started")


@pytest.mark.kept
@BOTH
def test_before_the_first_invoke_it_just_ends(emulator, number, name):
    for _ in range(20):
        with emulator.connect() as connection:
            connection.send(b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert connection.reply(to=b"GET").status == 404
    end_by(emulator, number)
    assert emulator.starts() == []


@pytest.mark.kept
@BOTH
def test_an_idle_runtime_is_killed(emulator, number, name):
    emulator.invoke()
    end_by(emulator, number)
    assert not alive(emulator.starts()[0])


@pytest.mark.kept
@BOTH
def test_a_caller_in_flight_gets_a_closed_connection_and_no_answer(emulator, number, name):
    caller = emulator.begin(do(["hang"]))
    emulator.wait_for_note()
    end_by(emulator, number)
    caller.assert_closed_unanswered()


@pytest.mark.thimble
@BOTH
def test_an_answered_invocation_is_reported_though_its_runtime_has_not_asked_for_more(begin_as_runtime, number, name):
    emulator, caller, runtime = begin_as_runtime()
    request_id = runtime.next_id()
    assert runtime.respond(request_id, b"1").status == 202
    assert caller.reply().body == b"1"
    end_by(emulator, number)
    lines = rb"START RequestId: %s [^\n]*\nEND RequestId: %s\nREPORT RequestId: %s\t[^\n]*\n" % ((request_id,) * 3)
    assert re.fullmatch(lines, emulator.stdout)


@pytest.mark.kept
@BOTH
def test_a_runtime_in_init_is_killed_and_its_caller_s_connection_closed(start, number, name):
    emulator = start(init=[["hang"]])
    caller = emulator.begin()
    emulator.wait_for_start()
    end_by(emulator, number)
    caller.assert_closed_unanswered()


@pytest.mark.kept
def test_the_whole_group_of_the_runtime_is_killed_though_it_ignores_signals(emulator, tmp_path):
    file = tmp_path / "child"
    emulator.begin(do(["ignore", 15], ["ignore", 2], ["child", str(file)], ["hang"]))
    child = int(wait_until(lambda: file.exists() and file.read_text(), "the runtime's child"))
    end_by(emulator, signal.SIGTERM)
    assert not alive(child)


@pytest.mark.kept
def test_the_runtime_has_a_process_group_of_its_own(emulator):
    seen = emulator.invoke(do(["report"])).json()
    assert seen["group"] == seen["pid"] != emulator.pid


@pytest.mark.kept
def test_a_runtime_with_a_response_sent_and_next_not_asked_for_is_killed(emulator):
    caller = emulator.begin(do(["respond", "1"], ["hang"]))
    emulator.wait_for_note()
    end_by(emulator, signal.SIGTERM)
    caller.close()


@pytest.mark.fixed
def test_queued_callers_get_a_closed_connection_and_their_events_are_not_run(emulator):
    callers = [emulator.begin(do(["hang"]))]
    emulator.wait_for_note()
    callers += [emulator.begin(b"queued") for _ in range(5)]
    with emulator.connect() as connection:
        connection.send(b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.reply(to=b"GET").status == 404
    end_by(emulator, signal.SIGTERM)
    for caller in callers:
        caller.assert_closed_unanswered()
    assert len(emulator.notes()) == 1


@pytest.mark.kept
@BOTH
def test_the_signal_is_logged_with_the_incumbent_s_lines(emulator, number, name):
    emulator.invoke()
    end_by(emulator, number)
    log = emulator.stderr.decode()
    expected = [
        f"[INFO] (rapid) Received signal signal={name}\n",
        "[INFO] (rapid) Shutting down...\n",
        "[WARNING] (rapid) Reset initiated: SandboxTerminated\n",
        f"[INFO] (rapid) Sending SIGKILL to runtime-1({emulator.starts()[0]}).\n",
        "[INFO] (rapid) Waiting for runtime domain processes termination\n",
    ]
    places = [log.find(line) for line in expected]
    assert -1 not in places, (expected, log)
    assert places == sorted(places)


@pytest.mark.kept
def test_a_hangup_of_a_caller_does_not_end_it(emulator):
    for _ in range(20):
        emulator.connect().close()
    assert emulator.invoke(b"1").body == b"1"


@pytest.mark.kept
@BOTH
def test_as_process_1_it_ends_on_signals_too(start, number, name):
    emulator = start(wrapper=unshared("--pid", "--fork", "--mount-proc"))
    assert emulator.invoke(b"1").body == b"1"
    end_by(emulator, number)


@pytest.mark.kept
def test_signals_blocked_or_ignored_by_the_emulator_are_not_inherited_by_the_runtime(start, tmp_path):
    copy = tmp_path / "status"
    script = tmp_path / "runtime"
    script.write_text(f'#!/bin/sh\ncat /proc/self/status >"{copy}"\nexec {" ".join(RUNTIME)}\n')
    script.chmod(0o755)
    start(command=(str(script), "h")).invoke()
    masks = dict(line.split(":\t") for line in copy.read_text().splitlines() if line.startswith(("SigBlk", "SigIgn")))
    assert int(masks["SigBlk"], 16) == 0
    assert int(masks["SigIgn"], 16) == 0
