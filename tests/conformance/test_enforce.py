"""--enforce: the function is held to Lambda's limits, or the emulator does not start.

A machine need not permit these. Then the other half of each test holds: what is said instead, and the exit code.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import sys
import tempfile

import pytest

from support import permitted
from support.emulator import PAYLOAD, PUPPET, accepts, do, run
from support.extensions import ExtensionFolder, ExtensionPuppet
from support.listener import HttpListener
from support.processes import children
from support.waiting import wait_until

pytestmark = pytest.mark.thimble

SMALL = {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "64"}
SILENT = {"PAYLOAD_STARTS": "", "PAYLOAD_NOTES": ""}
NO_MEMORY_GROUP = b"(RLIMIT_DATA)"


@pytest.fixture
def outside():
    """A folder that is not in /tmp, and which everybody may read."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="thimble-enforce-", dir="/var/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def start_outside(start, outside):
    """start() with nothing in /tmp that the runtime needs."""
    shutil.copy(PAYLOAD / "runtime.py", outside)
    command = (os.path.realpath(sys.executable), "-I", "-S", str(outside / "runtime.py"), "payload.handler")

    def start_outside(*flags, environment=None, **options):
        environment = {**SILENT, **(environment or {})}
        options = {"command": command, "cwd": outside, "environment": environment, **options}
        return start(*flags, **options)

    return start_outside


def replies(emulator, *steps):
    """What the steps said."""
    reply = emulator.invoke(do(*steps, ["replies"]))
    assert reply.status == 200, reply
    return reply.json()


def refusal(folder, *flags, wrapper=()):
    return run(folder, *flags, "/bin/sh", "handler", wrapper=wrapper)


def last_report(emulator, count):
    """The fields of the REPORT line number `count`."""
    wait_until(lambda: emulator.stdout.count(b"\nREPORT ") >= count, f"REPORT number {count}")
    line = [line for line in emulator.stdout.split(b"\n") if line.startswith(b"REPORT ")][count - 1]
    return dict(field.split(": ", 1) for field in line.decode()[len("REPORT ") :].split("\t") if field)


# --- The flag


def test_an_unknown_word_is_refused(tmp_path):
    refusal(tmp_path, "--enforce", "memory,disk").assert_one_line(
        b"--enforce: 'disk' is not one of memory, tmp, read-only-root, user, no-network, all"
    )


def test_no_word_is_refused(tmp_path):
    refusal(tmp_path, "--enforce=").assert_one_line(b"--enforce: '' is not one of memory")


def test_a_runtime_that_is_started_elsewhere_is_not_limited(tmp_path):
    run(tmp_path, "--enforce", "memory", "--no-runtime").assert_one_line(b"--enforce: ", b"--no-runtime")


# --- memory


def over_the_limit(emulator, steps, path=b"function"):
    reply = emulator.function(path, do(*steps))
    assert reply.json()["errorType"] == "Runtime.OutOfMemory", reply
    assert re.fullmatch(
        "RequestId: [0-9a-f-]{36} Error: Runtime exited with error: signal: killed", reply.json()["errorMessage"]
    )
    assert reply.header("X-Amz-Function-Error") == "Unhandled"
    return reply


def is_limited_alone(emulator):
    """Whether there is only a limit for each process here; then it holds, and the log says so."""
    if permitted.memory_cgroup():
        assert NO_MEMORY_GROUP not in emulator.stderr
        return False
    emulator.wait_for_stderr(re.escape(NO_MEMORY_GROUP))
    assert replies(emulator, ["map", 100], ["map", 1]) == ["ENOMEM", "done"]
    return True


@pytest.mark.parametrize(("name", "status"), [(b"function", 502), (b"mine", 200)])
def test_who_takes_more_memory_than_the_function_has_is_killed(start, name, status):
    emulator = start("--enforce", "memory", environment=SMALL)
    if is_limited_alone(emulator):
        return

    assert over_the_limit(emulator, [["allocate", 100], ["hang"]], name).status == status
    assert emulator.invoke(b'{"a":1}').body == b'{"a":1}'

    report = last_report(emulator, 1)
    assert report["Memory Size"] == report["Max Memory Used"] == "64 MB"
    assert report["Status"] == "error"
    assert report["Error Type"] == "Runtime.OutOfMemory"
    assert len(emulator.starts()) == 2
    emulator.wait_for_stderr(rb"\[ERROR\] \(rapid\) Invoke DONE failed: Runtime.OutOfMemory")
    assert "Status" not in last_report(emulator, 2)


def test_a_start_that_takes_too_much_memory_fails_so(start):
    emulator = start("--enforce", "memory", environment=SMALL, init=[["allocate", 100]])
    if not permitted.memory_cgroup():
        assert emulator.invoke().status == 502
        return

    over_the_limit(emulator, [])


def test_what_fits_is_not_killed_and_is_reported(start):
    emulator = start("--enforce", "memory", environment=SMALL)
    if is_limited_alone(emulator):
        return

    assert emulator.invoke(do(["allocate", 30], ["respond", "1"])).body == b"1"

    assert 30 <= int(last_report(emulator, 1)["Max Memory Used"].split(" ")[0]) <= 64


def test_a_child_counts_and_is_not_killed_alone(start):
    emulator = start("--enforce", "memory", environment=SMALL)
    if is_limited_alone(emulator):
        return

    over_the_limit(emulator, [["allocate_in_child", 100], ["hang"]])


def test_an_extension_counts(start, tmp_path):
    folder = ExtensionFolder(tmp_path)
    folder.add_puppet("one")
    emulator = start("--enforce", "memory", *folder.flags, command=PUPPET, environment=SMALL)
    with emulator.begin():
        pid = folder.wait_for_start("one")[0]
        if not permitted.memory_cgroup():
            limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
            assert re.search(rf"Max data size +{64 << 20} +{64 << 20} ", limits)
            return
        ExtensionPuppet(emulator, b"one", []).ask_next()
        runtime = emulator.wait_for_start()[0]

        assert group_of(pid) == group_of(runtime) != group_of(emulator.pid)


def group_of(pid):
    return pathlib.Path(f"/proc/{pid}/cgroup").read_text()


def test_each_of_several_environments_has_its_own_memory(start, tmp_path):
    emulator = start("--enforce", "memory", "--concurrency", "2", environment=SMALL)
    with emulator.begin(do(["allocate", 40], ["await", str(tmp_path / "go")], ["respond", "1"])) as one:
        emulator.wait_for_note(1)
        if permitted.memory_cgroup():
            over_the_limit(emulator, [["allocate", 100], ["hang"]])
        else:
            assert emulator.invoke(do(["allocate", 40], ["respond", "2"])).body == b"2"
        (tmp_path / "go").touch()

        assert one.reply().body == b"1"


def test_a_managed_instance_is_killed_too(start):
    emulator = start("--enforce", "memory", environment={**SMALL, "AWS_LAMBDA_MAX_CONCURRENCY": "2"})
    if is_limited_alone(emulator):
        return

    over_the_limit(emulator, [["allocate_in_child", 100], ["hang"]])
    assert emulator.invoke(b'{"a":1}').body == b'{"a":1}'


def test_telemetry_tells_of_it(start):
    listener = HttpListener()
    try:
        emulator = start("--enforce", "memory", environment=SMALL, init=[["await", "subscribed"]])
        with emulator.begin(do(["allocate", 100], ["map", 100], ["replies"])) as caller:
            emulator.wait_for_start()
            internal = ExtensionPuppet(emulator, b"internal", [b"INVOKE"])
            wanted = {"schemaVersion": "2022-12-13", "types": ["platform"], "destination": listener.destination()}
            wanted["buffering"] = {"timeoutMs": 25, "maxBytes": 262144, "maxItems": 1000}
            reply = subscribe(internal, json.dumps(wanted).encode())
            assert reply.status == 200, reply
            internal.ask_next()
            (emulator.folder / "subscribed").touch()
            if not permitted.memory_cgroup():
                internal.event()
                return
            caller.reply()

        done = listener.wait_for("platform.runtimeDone")[0]["record"]
        assert (done["status"], done["errorType"]) == ("error", "Runtime.OutOfMemory")
        report = listener.wait_for("platform.report")[0]["record"]
        assert (report["status"], report["errorType"]) == ("error", "Runtime.OutOfMemory")
        assert report["metrics"]["maxMemoryUsedMB"] == report["metrics"]["memorySizeMB"] == 64
    finally:
        listener.close()


def subscribe(puppet, body):
    from support.http1 import request

    headers = [(b"Lambda-Extension-Identifier", puppet.identifier), (b"Content-Type", b"application/json")]
    puppet.connection.send(request(b"PUT", b"/2022-07-01/telemetry", body, headers))
    return puppet.connection.reply()


def groups():
    return [path.name for path in permitted.memory_cgroup().glob("thimble-*")] if permitted.memory_cgroup() else []


def test_no_group_is_left_behind(start):
    emulator = start("--enforce", "memory", environment=SMALL)
    emulator.invoke()
    mine = [name for name in groups() if name.split("-")[1] == str(emulator.pid)]
    assert bool(mine) == bool(permitted.memory_cgroup())

    emulator.stop()

    assert not set(mine) & set(groups())


def test_who_follows_one_that_was_killed_removes_its_group(start):
    killed = start("--enforce", "memory", environment=SMALL)
    killed.invoke()
    runtime = killed.starts()[0]
    mine = [name for name in groups() if name.split("-")[1] == str(killed.pid)]

    os.kill(killed.pid, signal.SIGKILL)
    killed.process.wait()
    killed.kill()
    wait_until(lambda: not pathlib.Path(f"/proc/{runtime}").exists(), "the end of the runtime")
    killed.process.returncode = 0  # as it was to be
    start("--enforce", "memory", environment=SMALL)

    assert not set(mine) & set(groups())


def test_without_a_group_it_is_a_limit_of_each_process(start):
    wrapper = permitted.in_a_machine_without_cgroups()
    emulator = start("--enforce", "memory", environment=SMALL, wrapper=wrapper)
    if not wrapper and permitted.memory_cgroup():
        return

    emulator.wait_for_stderr(rb"\[WARNING\] \(rapid\) The memory limit is not one of all processes together: each")
    assert replies(emulator, ["map", 100], ["map", 1]) == ["ENOMEM", "done"]


# --- tmp


def may_mount(folder, flag, may=permitted.mounts):
    """Whether the machine permits it; if not, that is what is said."""
    if may():
        return True
    refused = refusal(folder, "--enforce", flag)
    refused.assert_one_line(b"--enforce " + flag.encode() + b": ")
    assert re.search(rb": (needs|may not mount) ", refused.stderr)
    return False


def test_tmp_is_empty_has_a_size_and_is_kept(start_outside, outside, tmp_path):
    if not may_mount(outside, "tmp"):
        return
    emulator = start_outside("--enforce", "tmp", "--tmp-size", "3")

    assert replies(emulator, ["list", "/tmp"], ["write_file", "/tmp/a", 2], ["write_file", "/tmp/b", 2]) == [
        [],
        "done",
        "ENOSPC",
    ]
    assert replies(emulator, ["list", "/tmp"]) == [["a", "b"]]
    assert tmp_path.exists()
    assert not pathlib.Path("/tmp/a").exists()


def test_every_start_has_a_tmp_of_its_own(start_outside, outside):
    if not may_mount(outside, "tmp"):
        return
    emulator = start_outside("--enforce", "tmp")

    assert replies(emulator, ["write_file", "/tmp/a", 1], ["list", "/tmp"]) == ["done", ["a"]]
    assert emulator.invoke(do(["exit", 1])).status == 502
    assert replies(emulator, ["list", "/tmp"]) == [[]]


def test_tmp_is_the_extensions_too(start_outside, outside):
    if not may_mount(outside, "tmp"):
        return
    (outside / "inside").mkdir()
    folder = ExtensionFolder(outside / "inside")
    folder.add_script("one", "echo hello >/tmp/hello; exec sleep infinity")
    emulator = start_outside("--enforce", "tmp", *folder.flags)
    with emulator.begin(do(["await", "/tmp/hello"], ["list", "/tmp"], ["replies"])) as caller:
        # The runtime starts when it has registered.
        wait_until(lambda: children(emulator.pid), "the extension to start")
        ExtensionPuppet(emulator, b"one", []).ask_next()

        assert caller.reply().json() == [["hello"]]


def test_files_in_tmp_are_not_memory(start_outside, outside):
    if not may_mount(outside, "tmp") or not permitted.memory_cgroup():
        return
    emulator = start_outside("--enforce", "tmp,memory", "--tmp-size", "200", environment=SMALL)

    assert replies(emulator, ["write_file", "/tmp/a", 100]) == ["done"]
    assert int(last_report_of_next(emulator, 1)["Max Memory Used"].split(" ")[0]) < 64
    over_the_limit(emulator, [["occupy", 100], ["hang"]])


def test_the_cache_of_files_is_not_memory(start_outside, outside):
    if not may_mount(outside, "tmp") or not permitted.memory_cgroup():
        return
    emulator = start_outside("--enforce", "tmp,memory", "--tmp-size", "200", environment=SMALL)

    # Long enough for somebody to look.
    assert replies(emulator, ["write_file", str(outside / "x"), 100], ["burn", 200]) == ["done"]


def last_report_of_next(emulator, count):
    emulator.invoke()
    return last_report(emulator, count)


def test_what_a_new_tmp_would_hide_is_refused(tmp_path):
    # The folder it is started in.
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        refused = refusal(pathlib.Path(folder), "--enforce", "tmp")
        refused.assert_one_line(f"--enforce tmp: '{folder}' would not be there".encode())


def test_tmp_without_privilege_is_in_a_user_namespace(start_outside, outside):
    wrapper = permitted.without("sys_admin")
    if not permitted.mounts_in_a_user_namespace(wrapper):
        if wrapper:
            refusal(outside, "--enforce", "tmp", wrapper=wrapper).assert_one_line(b"--enforce tmp: ")
        return
    emulator = start_outside("--enforce", "tmp,read-only-root", "--tmp-size", "3", wrapper=wrapper)

    assert replies(emulator, ["write_file", "/tmp/a", 4], ["write_file", str(outside / "x"), 1]) == ["ENOSPC", "EROFS"]


# --- read-only-root


def test_only_tmp_can_be_written(start_outside, outside, tmp_path):
    if not may_mount(outside, "read-only-root", permitted.read_only_mounts):
        return
    emulator = start_outside("--enforce", "read-only-root")
    # /tmp is the one that is there.
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        assert replies(
            emulator,
            ["write_file", str(outside / "x"), 1],
            ["write_file", "/dev/shm/thimble", 1],
            ["remove", str(outside / "runtime.py")],
            ["write_text", "/dev/null", "x"],
            ["write_file", f"{folder}/a", 1],
        ) == ["EROFS", "EROFS", "EROFS", "done", "done"]
        assert pathlib.Path(folder, "a").stat().st_size == 1024 * 1024
    (outside / "y").touch()


# --- user

IDENTITY = 'id -u >"$WHO.new"; id -g >>"$WHO.new"; id -G >>"$WHO.new"; mv "$WHO.new" "$WHO"; exec sleep infinity'


@pytest.fixture
def start_who(start, outside):
    """A runtime that writes who it is, and how to read it."""
    (outside / "who").write_text(f"#!/bin/sh\n{IDENTITY}\n")
    (outside / "who").chmod(0o755)
    (outside / "notes").mkdir()
    (outside / "notes").chmod(0o777)
    note = outside / "notes/runtime"

    def start_who(*flags, environment=None):
        environment = {"WHO": str(note), **(environment or {})}
        return start("--enforce", "user", *flags, command=(outside / "who",), cwd=outside, environment=environment)

    def who(emulator):
        with emulator.begin():
            return wait_until(lambda: note.exists() and note.read_text().split(), "the runtime to say who it is")

    return start_who, who


@pytest.mark.parametrize(
    ("flags", "environment", "identity"),
    [
        ((), {}, ["993", "990", "990"]),
        (("--user", "1234:77"), {}, ["1234", "77", "77"]),
        ((), {"THIMBLE_USER": "1234"}, ["1234", "1234", "1234"]),
    ],
    ids=["lambda's", "flag", "variable"],
)
def test_the_runtime_is_the_user(start_who, tmp_path, flags, environment, identity):
    if not permitted.other_users():
        refusal(tmp_path, "--enforce", "user").assert_one_line(b"--enforce user: needs CAP_SETUID, CAP_SETGID and CAP_KILL")
        return
    start_who, who = start_who

    assert who(start_who(*flags, environment=environment)) == identity


def test_a_process_of_a_managed_instance_that_ends_is_seen_without_cap_sys_ptrace(start, tmp_path):
    if not permitted.other_users():
        refusal(tmp_path, "--enforce", "user").assert_one_line(b"--enforce user: needs CAP_SETUID, CAP_SETGID and CAP_KILL")
        return
    # Another group is enough to need it, and a Python that only this user may run can be run.
    emulator = start(
        *("--enforce", "user", "--user", f"{os.getuid()}:77"),
        environment={"AWS_LAMBDA_MAX_CONCURRENCY": "2"},
        wrapper=permitted.without("sys_ptrace"),
    )
    reply = emulator.invoke(do(["once", str(tmp_path / "died"), ["kill", 9]], ["exit", 3]))
    assert (reply.status, reply.json()["errorType"]) == (502, "Runtime.ExitError")
    assert emulator.invoke(b"2").body == b"2"


def test_an_extension_is_the_user_too(start_who, outside, tmp_path):
    if not permitted.other_users():
        refusal(tmp_path, "--enforce", "user").assert_one_line(b"--enforce user: needs CAP_SETUID, CAP_SETGID and CAP_KILL")
        return
    start_who, who = start_who
    (outside / "extensions").mkdir()
    shutil.copy(outside / "who", outside / "extensions/one")

    # It never registers, so that no runtime is started.
    assert who(start_who("--extensions-dir", outside / "extensions")) == ["993", "990", "990"]


@pytest.mark.parametrize("missing", ["setuid", "setgid", "kill"])
def test_it_is_not_the_user_where_that_is_forbidden(tmp_path, missing):
    wrapper = permitted.without(missing)
    if not wrapper and permitted.other_users():
        return
    refusal(tmp_path, "--enforce", "user", wrapper=wrapper).assert_one_line(
        b"--enforce user: needs CAP_SETUID, CAP_SETGID and CAP_KILL (be root; docker run without --user and --cap-drop)"
    )


# --- no-network


def may_isolate(folder):
    if permitted.networks():
        return True
    refusal(folder, "--enforce", "no-network").assert_one_line(b"--enforce no-network: needs CAP_")
    return False


def test_there_is_no_network_but_its_own_loopback(start, tmp_path):
    if not may_isolate(tmp_path):
        return
    emulator = start("--enforce", "no-network", isolated=True)

    assert replies(
        emulator,
        ["connect", "127.0.0.1", emulator.invoke_port],
        ["connect", "127.0.0.1", emulator.runtime_port],
        ["connect", "192.0.2.1", 80],
    ) == ["ECONNREFUSED", "done", "ENETUNREACH"]


def test_its_runtime_api_is_nowhere_else(start, tmp_path):
    if not may_isolate(tmp_path):
        return
    emulator = start("--enforce", "no-network", isolated=True)

    assert not accepts(emulator.runtime_port)
    assert emulator.invoke(b'{"a":1}').body == b'{"a":1}'


def test_extensions_and_their_telemetry_have_that_network(start, tmp_path):
    if not may_isolate(tmp_path):
        return
    folder = ExtensionFolder(tmp_path)
    folder.add("one", ["register", ["INVOKE", "SHUTDOWN"]], ["subscribe", 4243], ["loop"])
    emulator = start("--enforce", "no-network", *folder.flags, isolated=True)

    emulator.invoke()

    def told():
        records = [record for entry in folder.record("one") if entry[0] == "telemetry" for record in entry[1]]
        return any(record["type"] == "platform.report" for record in records)

    wait_until(told, "platform.report in the network of the extension")


def test_each_of_several_environments_has_a_network_of_its_own(start, tmp_path):
    if not may_isolate(tmp_path):
        return
    emulator = start("--enforce", "no-network", "--concurrency", "2", isolated=True)
    await_and_report = ["await", str(tmp_path / "go")], ["report"]
    with emulator.begin(do(*await_and_report)) as one, emulator.begin(do(*await_and_report)) as other:
        first, second = (os.readlink(f"/proc/{pid}/ns/net") for pid in emulator.wait_for_start(2))
        (tmp_path / "go").touch()
        addresses = [caller.reply().json()["environment"]["AWS_LAMBDA_RUNTIME_API"] for caller in (one, other)]

    assert first != second
    assert addresses == 2 * [f"127.0.0.1:{emulator.runtime_port}"]


def test_it_is_not_without_network_where_that_is_forbidden(tmp_path):
    wrapper = permitted.without("sys_admin")
    if not wrapper and permitted.networks():
        return
    refusal(tmp_path, "--enforce", "no-network", wrapper=wrapper).assert_one_line(
        b"--enforce no-network: needs CAP_SYS_ADMIN (docker run --cap-add SYS_ADMIN, or --privileged)"
    )


# --- all


def test_all_of_it_together(start_outside, outside):
    may = [permitted.mounts(), permitted.read_only_mounts(), permitted.other_users(), permitted.networks()]
    if not all(may) or os.geteuid() != 0:
        refusal(outside, "--enforce", "all").assert_one_line(b"--enforce ")
        return
    # The interpreter may be where only root can go.
    emulator = start_outside("--enforce", "all", "--user", "0:0", "--tmp-size", "100", environment=SMALL, isolated=True)

    assert replies(
        emulator,
        ["write_file", "/tmp/a", 90],
        ["write_file", str(outside / "x"), 1],
        ["connect", "127.0.0.1", emulator.invoke_port],
    ) == ["done", "EROFS", "ECONNREFUSED"]
    if permitted.memory_cgroup():
        over_the_limit(emulator, [["occupy", 90], ["hang"]])
        assert replies(emulator, ["list", "/tmp"]) == [[]]
