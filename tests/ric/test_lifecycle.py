"""SIGTERM, SnapStart, and running without Lambda."""

import json
import signal
import subprocess

import pytest

from runtime_api import ACCEPTED, answer, event

# ThreadSanitizer holds back a signal from a thread that waits for its connection: these are not for it.

# --- SIGTERM -----------------------------------------------------------------------------------------------------------

REGISTERED = answer(200, b'{"functionName":"hello"}', "Lambda-Extension-Identifier: 7b3a")


def register(api):
    """(the runtime's connection, the extension's) of a program with a hook."""
    extension = api.accept()
    extension.expect("POST /2020-01-01/extension/register HTTP/1.1")
    extension.send(REGISTERED)
    extension.expect("GET /2020-01-01/extension/event/next HTTP/1.1")
    return api.accept(), extension


def test_the_bytes_of_the_registration(start, api):
    start(HOOKS="shutdown")
    extension = api.accept()
    post = extension.read()
    agent = post.headers["User-Agent"]
    common = f"Host: {api.address}\r\nUser-Agent: {agent}\r\n".encode()
    assert agent.startswith("thimble-ric-cpp/")
    assert post.head == (
        b"POST /2020-01-01/extension/register HTTP/1.1\r\n"
        + common
        + b"Lambda-Extension-Name: thimble-ric-shutdown\r\n"
        + b"Content-Type: application/json\r\nContent-Length: 13\r\n\r\n"
    )
    assert post.body == b'{"events":[]}'
    extension.send(REGISTERED)
    assert extension.read_head() == (
        b"GET /2020-01-01/extension/event/next HTTP/1.1\r\n" + common + b"Lambda-Extension-Identifier: 7b3a\r\n\r\n"
    )
    api.accept().expect_next()


def test_sigterm_calls_the_hook_and_ends_the_program(start, api):
    program = start(HOOKS="shutdown")
    peer, _ = register(api)
    assert peer.invoke(b"hello").body == b"hello"
    peer.expect_next()
    program.terminate()
    assert program.code() == 0
    assert program.stdout == b"shutting down\ngoodbye\n"
    assert program.stderr == b""


def test_sigterm_in_the_middle_of_an_invocation(start, api):
    program = start(HOOKS="shutdown")
    peer, _ = register(api)
    peer.expect_next()
    peer.send(event(b"begin_and_wait_for %s" % str(program.folder / "never").encode()))
    program.wait_for_stdout(b"begun\n")
    program.terminate()
    assert program.code() == 0
    assert program.stdout == b"begun\nshutting down\ngoodbye\n"


def test_a_second_sigterm_changes_nothing(start, api, tmp_path):
    gate = tmp_path / "gate"
    program = start(HOOKS="shutdown", SHUTDOWN_WAITS_FOR=gate)
    peer, _ = register(api)
    peer.expect_next()
    program.terminate()
    program.wait_for_stdout(b"shutting down")
    program.terminate()
    gate.touch()
    assert program.code() == 0
    assert program.stdout == b"shutting down\ngoodbye\n"


@pytest.mark.parametrize("end", ["500", "gone"])
def test_the_hook_runs_to_its_end_though_the_runtime_api_has_gone(start, api, tmp_path, end):
    gate = tmp_path / "gate"
    program = start(HOOKS="shutdown", SHUTDOWN_WAITS_FOR=gate)
    peer, extension = register(api)
    peer.expect_next()
    program.terminate()
    program.wait_for_stdout(b"shutting down")
    api.stop_listening()
    extension.close()
    if end == "500":
        peer.send(answer(500, b"over"))
    peer.close()
    # The loop has given up, and says so.
    program.wait_for_stderr(rb"([^\n]*get the next invocation: [^\n]*\n){5}" if end == "gone" else rb"invocation: 500 over\n")
    gate.touch()
    assert program.code() == 0
    assert program.stdout == b"shutting down\ngoodbye\n"


def test_sigterm_with_several_invocations_at_a_time(start, api):
    program = start(AWS_LAMBDA_MAX_CONCURRENCY=4, HOOKS="shutdown")
    peer, _ = register(api)
    for one in (peer, *(api.accept() for _ in range(3))):
        one.expect_next()
    program.terminate()
    assert program.code() == 0
    assert program.stdout == b"shutting down\ngoodbye\n"


def test_a_hook_that_fails(start, api):
    program = start(HOOKS="shutdown shutdown_fails")
    peer, _ = register(api)
    peer.expect_next()
    program.terminate()
    assert program.code() == 0
    assert program.stderr.endswith(b"on shutdown: app::Trouble: no goodbye\n")


@pytest.mark.parametrize("reply", [answer(403, b"closed"), answer(500, b"x"), answer(200, b"{}"), b"nonsense\r\n\r\n"])
def test_a_registration_that_is_refused_does_no_harm(start, api, reply):
    program = start(HOOKS="shutdown")
    extension = api.accept()
    extension.read()
    extension.send(reply)
    peer = api.accept()
    assert peer.invoke(b"hello").body == b"hello"
    (line,) = program.stderr.splitlines()
    assert line.startswith(b"[WARN]\t") and b"register the extension: " in line
    peer.expect_next()
    program.terminate()
    assert program.code() == 0


def test_without_a_hook_nothing_is_registered(connect):
    program, peer = connect()
    peer.expect_next()
    program.terminate()
    assert program.code() == -signal.SIGTERM


# --- SnapStart ---------------------------------------------------------------------------------------------------------

SNAP_START = {"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}
RESTORE_NEXT = "GET /2018-06-01/runtime/restore/next HTTP/1.1"


def test_the_hooks_of_snap_start_in_their_order(connect, api):
    program, peer = connect(HANDLER="init", HOOKS="snapshot", **SNAP_START)
    assert peer.expect(RESTORE_NEXT).body == b""
    assert program.stdout == b"init\nbefore the snapshot\n"
    peer.send(answer(200))
    peer.expect_end()
    peer = api.accept()
    peer.expect_next()


def test_snap_start_with_hooks(connect, api):
    program, peer = connect(HOOKS="snapshot", **SNAP_START)
    peer.expect(RESTORE_NEXT)
    assert program.stdout == b"before the snapshot\n"
    peer.send(answer(200))
    # No connection survives a snapshot.
    peer.expect_end()
    peer = api.accept()
    assert peer.invoke(b"hello").body == b"hello"
    assert program.stdout == b"before the snapshot\nafter the restore\n"


def test_snap_start_without_hooks(connect, api):
    _, peer = connect(**SNAP_START)
    peer.expect(RESTORE_NEXT)
    peer.send(answer(200))
    peer.expect_end()
    assert api.accept().invoke(b"hello").body == b"hello"


def test_hooks_without_snap_start_do_not_run(connect):
    program, peer = connect(HOOKS="snapshot", AWS_LAMBDA_INITIALIZATION_TYPE="on-demand")
    assert peer.invoke(b"hello").body == b"hello"
    assert program.stdout == b""


def test_a_hook_before_the_snapshot_that_fails(connect, api):
    program, peer = connect(HOOKS="snapshot snapshot_fails", **SNAP_START)
    post = peer.expect("POST /2018-06-01/runtime/init/error HTTP/1.1")
    assert post.headers["Lambda-Runtime-Function-Error-Type"] == "Runtime.BeforeSnapshotError"
    assert json.loads(post.body)["errorMessage"] == "app::Trouble: not now"
    peer.send(ACCEPTED)
    assert program.code() == 64
    assert api.no_connection()


def test_a_hook_after_the_restore_that_fails(connect, api):
    program, peer = connect(HOOKS="snapshot restore_fails", **SNAP_START)
    peer.expect(RESTORE_NEXT)
    peer.send(answer(200))
    peer = api.accept()
    post = peer.expect("POST /2018-06-01/runtime/restore/error HTTP/1.1")
    assert post.headers["Lambda-Runtime-Function-Error-Type"] == "Runtime.AfterRestoreError"
    assert json.loads(post.body)["errorMessage"] == "app::Trouble: not there"
    peer.send(ACCEPTED)
    assert program.code() == 65
    assert api.no_connection()


@pytest.mark.parametrize("status", [403, 500])
def test_a_restore_that_is_refused(connect, status):
    program, peer = connect(HOOKS="snapshot", **SNAP_START)
    peer.expect(RESTORE_NEXT)
    peer.send(answer(status, b"no"))
    assert program.code() == 1
    assert b"wait for the restore: %d no" % status in program.stderr
    assert program.stdout == b"before the snapshot\n"


# --- without Lambda ----------------------------------------------------------------------------------------------------


@pytest.fixture
def run_locally(run, tmp_path):
    """run_locally(event, arguments..., NAME=value...) handles one event; arguments may name the file `event`."""

    def run_locally(body, *arguments, **environment):
        path = tmp_path / "event"
        path.write_bytes(body)
        with open(path, "rb") as stdin:
            program = run(*(str(one).replace("FILE", str(path)) for one in arguments), stdin=stdin, **environment)
        return program.code(), program.stdout, program.stderr

    return run_locally


@pytest.mark.parametrize("arguments", [("--event", "FILE"), ("--event=FILE",), ("--event", "-"), ("--event=-",)])
def test_one_event(run_locally, arguments):
    assert run_locally(b"hello", *arguments) == (0, b"hello\n", b"")
    assert run_locally(b"hello\n", *arguments) == (0, b"hello\n", b"")
    large = b"x" * 1_000_000
    assert run_locally(large, *arguments) == (0, large + b"\n", b"")


@pytest.mark.parametrize("arguments", [(), ("--event",), ("-",), ("--event", "FILE", "more"), ("FILE",), ("--help",)])
def test_arguments_that_are_not_these(run_locally, arguments):
    code, stdout, stderr = run_locally(b"hello", *arguments)
    assert (code, stdout) == (2, b"")
    assert stderr.count(b"\n") == 1 and b"--event FILE" in stderr and b"AWS_LAMBDA_RUNTIME_API" in stderr


def test_a_file_that_is_not_there(run_locally):
    code, stdout, stderr = run_locally(b"", "--event", "/nowhere/event.json")
    assert (code, stdout, stderr) == (2, b"", b"open '/nowhere/event.json': no such file or directory\n")
    code, stdout, stderr = run_locally(b"", "--event", "/")
    assert (code, stdout, stderr) == (2, b"", b"read '/': is a directory\n")


def test_an_error_is_printed_and_is_the_exit_code(run_locally):
    code, stdout, stderr = run_locally("fail App.Error é".encode(), "--event", "FILE")
    assert (code, stdout) == (1, b"")
    assert json.loads(stderr) == {"errorMessage": "é", "errorType": "App.Error", "stackTrace": []}
    code, stdout, stderr = run_locally(b"throw own no", "--event", "FILE")
    assert (code, stdout, json.loads(stderr)["errorType"]) == (1, b"", "app::Trouble")
    code, stdout, stderr = run_locally(b"[]", "--event", "FILE", HANDLER="typed")
    assert (code, json.loads(stderr)["errorType"]) == (1, "Runtime.UnmarshalError")


@pytest.mark.parametrize("handler", ["init_throws", "init_fails", "fail_init"])
def test_an_init_error_is_printed_and_is_the_exit_code(run_locally, handler):
    code, stdout, stderr = run_locally(b"hello", "--event", "FILE", HANDLER=handler)
    assert (code, stdout) == (1, b"") and b"init failed: " in stderr


def test_a_stream_is_printed(run_locally):
    assert run_locally(b"w first ;w second", "--event", "FILE", HANDLER="stream") == (0, b"first second", b"")
    code, stdout, _ = run_locally(b"w half;fail App.Error no", "--event", "FILE", HANDLER="stream")
    assert (code, stdout) == (1, b"half")
    code, stdout, _ = run_locally(b"head;w x", "--event", "FILE", HANDLER="stream")
    assert (code, stdout.endswith(b"}" + b"\0" * 8 + b"x")) == (0, True)


def test_an_answer_that_cannot_be_written_is_an_error(run, tmp_path):
    path = tmp_path / "event"
    path.write_bytes(b"hello")
    program = run("--event", path)
    program.code()
    for event_, handler in ((b"hello", ""), (b"w hello", "stream")):
        path.write_bytes(event_)
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                [program.process.args[0], "--event", path],
                stdout=full,
                stderr=subprocess.PIPE,
                env={"HANDLER": handler},
            )
        assert done.returncode == 1 and b"no space left" in done.stderr


def test_the_context_of_a_local_run(run_locally):
    _, stdout, _ = run_locally(b"context", "--event", "FILE", AWS_LAMBDA_FUNCTION_NAME="hello")
    told = dict(line.split("=", 1) for line in stdout.decode().splitlines())
    assert (told["function_name"], told["function_version"]) == ("hello", "$LATEST")
    assert len(told["request_id"]) == 36 and int(told["remaining"]) > 800_000
