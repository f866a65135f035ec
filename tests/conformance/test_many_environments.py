"""--concurrency: several environments at the same time, and tenants that never share one."""

import base64
import os
import signal

import pytest

from support import permitted
from support.emulator import do, run
from support.extensions import ExtensionFolder
from support.processes import alive
from support.waiting import wait_until


def occupy(emulator, tmp_path, count, headers=()):
    """That many callers whose invocations run at the same time; each ends when its file appears."""
    busy = []
    for number in range(count):
        file = tmp_path / f"free-{number}"
        before = len(emulator.notes())
        caller = emulator.begin(do(["await", str(file)], ["respond", str(number)]), headers=headers)
        wait_until(lambda: len(emulator.notes()) > before, f"invocation {number} to run")
        busy.append((caller, file))
    return busy


def wait_for_reports(emulator, count):
    """Waits until that many invocations have ended for their environments too."""
    wait_until(lambda: emulator.stdout.count(b"REPORT RequestId: ") == count, f"{count} REPORT lines")


def tenant(name):
    return [(b"X-Amz-Tenant-Id", name)]


def seen(reply):
    assert reply.status == 200, reply
    return reply.json()


@pytest.mark.thimble
@pytest.mark.parametrize("way", [["--concurrency", "3"], []], ids=["flag", "variable"])
def test_so_many_invocations_run_at_the_same_time_each_in_a_runtime_of_its_own(start, tmp_path, way):
    emulator = start(*way, environment={} if way else {"THIMBLE_CONCURRENCY": "3"})
    busy = occupy(emulator, tmp_path, 3)
    assert len(emulator.starts()) == 3
    fourth = emulator.begin(b"4")
    busy[1][1].touch()
    assert busy[1][0].reply().body == b"1"
    assert fourth.reply().body == b"4"
    for caller, file in (busy[0], busy[2]):
        file.touch()
        assert caller.reply().status == 200
    assert len(emulator.starts()) == 3


@pytest.mark.thimble
def test_environments_are_started_when_they_are_needed_and_kept(start, tmp_path):
    emulator = start("--concurrency", "5")
    for number in range(10):
        assert emulator.invoke(b"%d" % number).body == b"%d" % number
        wait_for_reports(emulator, number + 1)
    assert len(emulator.starts()) == 1
    busy = occupy(emulator, tmp_path, 2)
    for caller, file in busy:
        file.touch()
        assert caller.reply().status == 200
    pids = set()
    for number in range(5):
        wait_for_reports(emulator, 12 + number)
        pids.add(seen(emulator.invoke(do(["report"])))["pid"])
    assert len(pids) == 1
    assert len(emulator.starts()) == 2


@pytest.mark.thimble
def test_each_environment_has_a_runtime_api_of_its_own(start, tmp_path):
    emulator = start("--concurrency", "2")
    [(caller, file)] = occupy(emulator, tmp_path, 1)
    second = seen(emulator.invoke(do(["report"])))["environment"]["AWS_LAMBDA_RUNTIME_API"]
    file.touch()
    assert caller.reply().status == 200
    wait_for_reports(emulator, 2)
    first = seen(emulator.invoke(do(["report"])))["environment"]["AWS_LAMBDA_RUNTIME_API"]
    assert first == f"127.0.0.1:{emulator.runtime_port}"
    assert second.startswith("127.0.0.1:") and second != first


@pytest.mark.thimble
def test_an_environment_that_fails_harms_no_other(start, tmp_path):
    emulator = start("--concurrency", "2")
    [(caller, file)] = occupy(emulator, tmp_path, 1)
    assert emulator.invoke(do(["exit", 3])).status == 502
    assert emulator.invoke(b"2").body == b"2"
    file.touch()
    assert caller.reply().body == b"0"


@pytest.mark.thimble
def test_a_timeout_ends_one_environment_only(start, tmp_path):
    emulator = start("--concurrency", "2", environment={"AWS_LAMBDA_FUNCTION_TIMEOUT": "2"})
    hung = emulator.begin(do(["hang"]))
    emulator.wait_for_note()
    other = seen(emulator.invoke(do(["report"])))["pid"]
    assert b"Task timed out after 2.00 seconds" in hung.reply().body
    assert alive(other)


@pytest.mark.thimble
def test_a_signal_ends_every_environment(start, tmp_path):
    emulator = start("--concurrency", "3")
    occupy(emulator, tmp_path, 3)
    pids = [int(pid) for pid in emulator.starts()]
    emulator.stop()
    assert not any(alive(pid) for pid in pids)


@pytest.mark.thimble
def test_the_log_names_each_runtime_once(start, tmp_path):
    emulator = start("--concurrency", "2")
    for caller, file in occupy(emulator, tmp_path, 2):
        file.touch()
        assert caller.reply().status == 200
    for pid in emulator.starts():
        os.kill(int(pid), signal.SIGKILL)
    emulator.wait_for_stderr(rb"Process runtime-1 exited: signal: killed\n")
    emulator.wait_for_stderr(rb"Process runtime-3 exited: signal: killed\n")


@pytest.mark.thimble
@pytest.mark.parametrize("value", ["0", "-1", "many", "1001", "1.5"])
def test_what_is_no_number_of_environments_is_refused(tmp_path, value):
    run(tmp_path, "--concurrency", value, "/bin/true").assert_one_line(b"--concurrency", value.encode())


@pytest.mark.thimble
def test_nobody_else_s_runtime_can_be_many(tmp_path):
    run(tmp_path, "--concurrency", "2", "--no-runtime").assert_one_line(b"--concurrency", b"--no-runtime")


# --- tenants ----------------------------------------------------------------------------------------------------------


@pytest.mark.thimble
def test_a_tenant_never_sees_the_process_of_another(start):
    emulator = start("--concurrency", "2")
    pids = {}
    for name in (b"blue", b"green", b"blue", b"red", b"green", b"", b"blue"):
        reply = emulator.invoke(do(["report"]), headers=tenant(name) if name else ())
        pids.setdefault(name, set()).add(seen(reply)["pid"])
    everyone = [pid for of_one in pids.values() for pid in of_one]
    assert len(everyone) == len(set(everyone))


@pytest.mark.thimble
def test_a_tenant_keeps_its_environment_while_there_is_room_for_all(start):
    emulator = start("--concurrency", "2")
    pids = {name: seen(emulator.invoke(do(["report"]), headers=tenant(name)))["pid"] for name in (b"blue", b"green")}
    for number, name in enumerate((b"green", b"blue", b"blue", b"green")):
        wait_for_reports(emulator, 2 + number)
        assert seen(emulator.invoke(do(["report"]), headers=tenant(name)))["pid"] == pids[name]
    assert len(emulator.starts()) == 2


@pytest.mark.thimble
def test_with_one_environment_another_tenant_starts_it_anew(start):
    emulator = start()
    first = seen(emulator.invoke(do(["report"]), headers=tenant(b"blue")))["pid"]
    second = seen(emulator.invoke(do(["report"]), headers=tenant(b"green")))["pid"]
    assert first != second
    wait_until(lambda: not alive(first), "the first tenant's process to end")
    assert emulator.stderr.count(b"INIT START(type: on-demand, phase: init)") == 2


@pytest.mark.thimble
def test_a_tenant_waits_for_no_other_if_its_own_environment_is_free(start, tmp_path):
    emulator = start("--concurrency", "2")
    assert emulator.invoke(b"1", headers=tenant(b"green")).status == 200
    wait_for_reports(emulator, 1)
    [(caller, file)] = occupy(emulator, tmp_path, 1, tenant(b"blue"))
    assert emulator.invoke(b"2", headers=tenant(b"green")).body == b"2"
    file.touch()
    assert caller.reply().status == 200
    assert len(emulator.starts()) == 2


@pytest.mark.thimble
def test_many_tenants_at_once_are_all_answered_apart(start):
    emulator = start("--concurrency", "3")
    names = [b"tenant-%d" % (number % 7) for number in range(35)]
    callers = [(name, emulator.begin(do(["report"]), headers=tenant(name))) for name in names]
    owner = {}
    for name, caller in callers:
        report = seen(caller.reply())
        assert dict(map(tuple, report["headers"]))["Lambda-Runtime-Aws-Tenant-Id"] == name.decode()
        assert owner.setdefault(report["pid"], name) == name


# --- with what else there is ------------------------------------------------------------------------------------------


@pytest.mark.thimble
def test_asynchronous_invocations_run_at_the_same_time_too(start, tmp_path):
    emulator = start("--concurrency", "3")
    files = [tmp_path / f"free-{number}" for number in range(3)]
    for file in files:
        event = do(["await", str(file)], ["respond", "1"])
        assert emulator.invoke(event, headers=[(b"X-Amz-Invocation-Type", b"Event")]).status == 202
    wait_until(lambda: len(emulator.notes()) == 3, "three invocations to run")
    assert len(emulator.starts()) == 3
    for file in files:
        file.touch()


@pytest.mark.thimble
def test_a_tail_holds_its_own_invocation_s_output_only(start, tmp_path):
    emulator = start("--concurrency", "2")
    go = tmp_path / "go"
    noisy = emulator.begin(do(["out", "noise"], ["await", str(go)], ["respond", "1"]))
    emulator.wait_for_note()
    reply = emulator.invoke(do(["out", "mine"], ["respond", "2"]), headers=[(b"X-Amz-Log-Type", b"Tail")])
    go.touch()
    assert noisy.reply().status == 200
    tail = base64.b64decode(reply.header("X-Amz-Log-Result"))
    assert b"mine" in tail and b"noise" not in tail


# --- extensions -------------------------------------------------------------------------------------------------------


@pytest.fixture
def extensions(tmp_path):
    """One that listens on a fixed port for the telemetry it has subscribed to."""
    folder = ExtensionFolder(tmp_path)
    folder.add("one", ["register", ["INVOKE", "SHUTDOWN"]], ["subscribe", 4243], ["loop"])
    return folder


@pytest.mark.thimble
def test_with_extensions_each_environment_has_a_network_of_its_own(start, tmp_path, extensions):
    wrapper = permitted.without("sys_admin")
    if wrapper or not permitted.networks():
        flags = ["--concurrency", "2", *extensions.flags]
        refusal = run(tmp_path / "refused", *flags, "/bin/true", wrapper=wrapper)
        refusal.assert_one_line(b"--concurrency 2", str(extensions.path).encode(), b"CAP_SYS_ADMIN")
    if not permitted.networks():
        return
    emulator = start("--concurrency", "2", *extensions.flags, isolated=True)
    ids = []
    for caller, file in occupy(emulator, tmp_path, 2):
        file.touch()
        reply = caller.reply()
        assert reply.status == 200
        ids.append(reply.header("X-Amzn-RequestId"))
    assert len(extensions.pids("one")) == 2

    def reports():
        told = [record for entry in extensions.record("one") if entry[0] == "telemetry" for record in entry[1]]
        return sorted(record["record"]["requestId"] for record in told if record["type"] == "platform.report")

    wait_until(lambda: reports() == sorted(ids), "each extension to be told of its own invocation, once")


@pytest.mark.thimble
def test_with_one_environment_extensions_have_the_network_that_is_there(start, extensions):
    emulator = start("--concurrency", "1", *extensions.flags)
    assert emulator.invoke(b"1").body == b"1"
    assert b"network" not in emulator.stderr
