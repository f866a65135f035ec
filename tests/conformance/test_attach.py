"""--no-runtime: nothing is started, a runtime that somebody else started attaches to the Runtime API."""

import re
import subprocess
import sys
import time

import pytest

from support.emulator import PAYLOAD, accepts, base_environment, do
from support.extensions import ExtensionPuppet
from support.processes import children
from support.puppet import Puppet, request_id_of
from support.waiting import wait_until

ATTACH = {"THIMBLE_NO_RUNTIME": "1"}
HELLO = b"/2015-03-31/functions/hello/invocations"
PING = b"GET /2018-06-01/ping HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def attach(start):
    """attach(name=value, ...) starts an emulator without a command and without a runtime."""
    return lambda **environment: start(command=(), environment={**ATTACH, **environment})


def wait_until_asked_and_seen(emulator):
    """Returns when the emulator has read what was sent to its Runtime API before this call."""
    with emulator.connect_runtime_api() as connection:
        connection.send(PING)
        assert connection.reply(to=b"GET").body == b"pong"


def echoing(reply):
    """The headers by which a runtime says which delivery it answers."""
    return [(b"Lambda-Runtime-Invocation-Id", reply.header("Lambda-Runtime-Invocation-Id").encode())]


@pytest.mark.fixed
def test_it_needs_no_command_and_says_what_to_set(attach):
    emulator = attach()
    line = rb"\[INFO\] \(rapid\) No runtime is started; start yours with AWS_LAMBDA_RUNTIME_API=(\S+)\n"
    assert emulator.wait_for_stderr(line)[1] == b"127.0.0.1:%d" % emulator.runtime_port


@pytest.mark.fixed
def test_the_flag_does_the_same_and_a_command_is_not_run(start, tmp_path):
    emulator = start("--no-runtime", command=("/bin/touch", str(tmp_path / "started"), "app.handler"))
    puppet = Puppet(emulator)
    puppet.ask_next()
    with emulator.begin(b"[1]") as caller:
        reply = puppet.connection.reply(to=b"GET")
        assert reply.body == b"[1]"
        puppet.respond(request_id_of(reply), b"[2]")
        assert caller.reply().body == b"[2]"
    assert children(emulator.pid) == []
    assert not (tmp_path / "started").exists()


@pytest.mark.fixed
@pytest.mark.parametrize("runtime_first", [True, False])
def test_the_runtime_may_come_before_or_after_the_first_invoke(attach, runtime_first):
    emulator = attach()
    puppet = Puppet(emulator)
    if runtime_first:
        puppet.ask_next()
        wait_until_asked_and_seen(emulator)
        emulator.wait_for_stderr(rb"INIT RTDONE\(status: success\)")
        caller = emulator.begin(b"{}", HELLO)
    else:
        caller = emulator.begin(b"{}", HELLO)
        emulator.wait_for_stderr(rb"INIT START")
        puppet.ask_next()
    request_id = puppet.connection.reply(to=b"GET").header("Lambda-Runtime-Aws-Request-Id")
    assert puppet.respond(request_id.encode(), b'"done"').status == 202
    reply = caller.reply()
    assert (reply.status, reply.body) == (200, b'"done"')
    assert reply.header("X-Amzn-RequestId") == request_id
    puppet.ask_next()
    emulator.wait_for_stdout(rb"END RequestId: " + request_id.encode() + rb"\nREPORT ")
    assert children(emulator.pid) == []


@pytest.mark.fixed
def test_a_real_process_serves_many_invokes_and_is_left_alone_at_the_end(attach, tmp_path):
    emulator = attach()
    runtime = subprocess.Popen(
        [sys.executable, "-I", "-S", str(PAYLOAD / "runtime.py"), "payload.handler"],
        env={**base_environment(), "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{emulator.runtime_port}"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        replies = [emulator.invoke(do(["report"])) for _ in range(20)]
        assert {reply.json()["pid"] for reply in replies} == {runtime.pid}
        assert {reply.header("X-Amz-Function-Error") for reply in replies} == {None}
        emulator.stop()
        # It finds its connection closed and ends by itself.
        wait_until(lambda: runtime.poll() is not None, "the runtime to notice")
        assert runtime.returncode > 0
    finally:
        runtime.kill()
        runtime.wait()


@pytest.mark.fixed
def test_there_is_no_timeout_unless_it_is_given(attach):
    emulator = attach()
    puppet = Puppet(emulator)
    puppet.ask_next()
    caller = emulator.begin()
    reply = puppet.connection.reply(to=b"GET")
    hours_left = (int(reply.header("Lambda-Runtime-Deadline-Ms")) / 1000 - time.time()) / 3600
    assert 23 < hours_left <= 24
    puppet.respond(request_id_of(reply))
    assert caller.reply().status == 200


@pytest.mark.fixed
@pytest.mark.parametrize("echo", [True, False])
def test_a_timeout_kills_nothing_and_the_late_response_is_refused(attach, echo):
    emulator = attach(AWS_LAMBDA_FUNCTION_TIMEOUT="1")
    puppet = Puppet(emulator)
    puppet.ask_next()
    caller = emulator.begin(b"{}", HELLO)
    late = puppet.connection.reply(to=b"GET")
    late_id = request_id_of(late)
    reply = caller.reply()
    assert reply.header("X-Amz-Function-Error") == "Unhandled"
    assert reply.json()["errorType"] == "Sandbox.Timedout"
    emulator.wait_for_stdout(rb"REPORT RequestId: " + late_id)
    # Another invoke waits until the runtime is there again.
    caller = emulator.begin(b"[2]", HELLO)
    refusal = puppet.respond(late_id, b'"late"', echoing(late) if echo else ())
    assert refusal.status == (410 if echo else 400)
    assert refusal.json()["errorType"] == ("ErrorRuntimeInvokeTimeout" if echo else "InvalidRequestID")
    reply = puppet.next()
    assert reply.body == b"[2]"
    assert request_id_of(reply) != late_id
    puppet.respond(request_id_of(reply), b'"in time"')
    assert caller.reply().body == b'"in time"'
    assert b"SIGKILL" not in emulator.stderr


@pytest.mark.fixed
def test_a_timeout_after_the_response_lets_the_runtime_go_on(attach):
    emulator = attach(AWS_LAMBDA_FUNCTION_TIMEOUT="1")
    puppet = Puppet(emulator)
    puppet.ask_next()
    caller = emulator.begin()
    puppet.respond(puppet.connection.reply(to=b"GET").header("Lambda-Runtime-Aws-Request-Id").encode(), b"1")
    assert caller.reply().body == b"1"
    emulator.wait_for_stdout(rb"REPORT ")
    caller = emulator.begin(b"[2]")
    reply = puppet.next()
    assert reply.body == b"[2]"
    puppet.respond(request_id_of(reply), b"3")
    assert caller.reply().body == b"3"
    assert emulator.stdout.count(b"REPORT ") == 1


@pytest.mark.fixed
def test_an_invoke_times_out_when_no_runtime_comes_and_the_next_one_does_not(attach):
    emulator = attach(AWS_LAMBDA_FUNCTION_TIMEOUT="1")
    for _ in range(2):
        reply = emulator.function(b"hello", b"{}")
        assert "Task timed out after 1.00 seconds" in reply.json()["errorMessage"]
    puppet = Puppet(emulator)
    puppet.ask_next()
    caller = emulator.begin(b"[3]")
    reply = puppet.connection.reply(to=b"GET")
    assert reply.body == b"[3]"
    puppet.respond(request_id_of(reply), b"4")
    assert caller.reply().body == b"4"


@pytest.mark.fixed
def test_a_runtime_that_leaves_while_it_waits_may_come_back(attach):
    emulator = attach()
    for number in range(3):
        gone = Puppet(emulator)
        gone.ask_next()
        wait_until_asked_and_seen(emulator)
        gone.connection.close()
        wait_until_asked_and_seen(emulator)
        caller = emulator.begin(b"%d" % number)
        puppet = Puppet(emulator)
        reply = puppet.next()
        assert reply.body == b"%d" % number
        puppet.respond(request_id_of(reply), b"ok")
        assert caller.reply().body == b"ok"
        puppet.connection.close()


@pytest.mark.fixed
def test_a_runtime_started_anew_gets_the_invocation_that_was_not_answered(attach):
    emulator = attach()
    first = Puppet(emulator)
    first.ask_next()
    caller = emulator.begin(b"[1]")
    request_id = first.connection.reply(to=b"GET").header("Lambda-Runtime-Aws-Request-Id")
    first.connection.close()
    second = Puppet(emulator)
    reply = second.next()
    assert (reply.header("Lambda-Runtime-Aws-Request-Id"), reply.body) == (request_id, b"[1]")
    second.respond(request_id.encode(), b"2")
    assert caller.reply().body == b"2"


@pytest.mark.fixed
def test_an_init_error_ends_the_invoke_that_waits_and_the_next_start_is_a_new_one(attach):
    emulator = attach()
    for _ in range(2):
        caller = emulator.begin(b"{}", HELLO)
        wait_until(lambda: re.search(rb"INIT START[^\n]*\n\Z", emulator.stderr), "the invoke to wait for a runtime")
        puppet = Puppet(emulator)
        assert puppet.fail_init().status == 202
        reply = caller.reply()
        assert reply.header("X-Amz-Function-Error") == "Unhandled"
        assert reply.json()["errorType"] == "Runtime.NoInit"
        puppet.connection.close()
    caller = emulator.begin(b"[1]")
    puppet = Puppet(emulator)
    reply = puppet.next()
    puppet.respond(request_id_of(reply), b"1")
    assert caller.reply().body == b"1"


@pytest.mark.fixed
def test_an_init_error_without_an_invoke_is_taken(attach):
    emulator = attach()
    assert Puppet(emulator).fail_init().status == 202
    puppet = Puppet(emulator)
    puppet.ask_next()
    caller = emulator.begin(b"[1]")
    reply = puppet.connection.reply(to=b"GET")
    puppet.respond(request_id_of(reply), b"1")
    assert caller.reply().body == b"1"


@pytest.mark.fixed
def test_callers_and_events_wait_for_the_runtime_in_order(attach):
    emulator = attach()
    callers = [emulator.begin(b"%d" % number) for number in range(5)]
    assert emulator.invoke(b"5", headers=[(b"X-Amz-Invocation-Type", b"Event")]).status == 202
    puppet = Puppet(emulator)
    for number in range(6):
        reply = puppet.next()
        assert reply.body == b"%d" % number
        puppet.respond(request_id_of(reply), b"[%d]" % number)
    assert [caller.reply().body for caller in callers] == [b"[%d]" % number for number in range(5)]


@pytest.mark.fixed
def test_it_ends_at_once_with_a_runtime_that_waits_runs_or_never_came(attach):
    for step in ("never", "waits", "runs"):
        emulator = attach()
        if step != "never":
            puppet = Puppet(emulator)
            puppet.ask_next()
            wait_until_asked_and_seen(emulator)
        if step == "runs":
            emulator.begin()
            assert puppet.connection.reply(to=b"GET").status == 200
        emulator.stop()
        assert not accepts(emulator.runtime_port)
        if step != "never":
            puppet.connection.assert_closed()


# --- extensions and restores of a runtime that comes by itself -------------------------------------------------------


@pytest.mark.thimble
def test_an_internal_extension_may_register_before_anything_else_happens(attach):
    emulator = attach()
    extension = ExtensionPuppet(emulator, b"inside", [])
    extension.ask_next()
    puppet = Puppet(emulator)
    puppet.ask_next()
    caller = emulator.begin(b"[1]")
    puppet.respond(request_id_of(puppet.receive()), b"[2]")
    assert caller.reply().body == b"[2]"


@pytest.mark.thimble
def test_a_runtime_may_begin_with_its_restore(attach):
    puppet = Puppet(attach(ENABLE_INIT_CACHING="1"))
    assert puppet.get(b"/2018-06-01/runtime/restore/next").status == 200


@pytest.mark.thimble
def test_an_extension_that_waits_when_the_init_fails_is_let_go(attach):
    emulator = attach()
    caller = emulator.begin()
    extension = ExtensionPuppet(emulator, b"inside", [])
    extension.ask_next()
    assert Puppet(emulator).fail_init().status == 202
    assert caller.reply().json()["errorType"] == "Runtime.NoInit"
    extension.connection.assert_closed()
    puppet = Puppet(emulator)
    puppet.ask_next()
    caller = emulator.begin(b"[1]")
    puppet.respond(request_id_of(puppet.receive()), b"[2]")
    assert caller.reply().body == b"[2]"


@pytest.mark.thimble
@pytest.mark.parametrize("first", ["caller", "extension"])
def test_a_runtime_that_waits_for_its_extension_longer_than_the_timeout_gets_the_next_invocation(attach, first):
    emulator = attach(AWS_LAMBDA_FUNCTION_TIMEOUT="1")
    puppet = Puppet(emulator)
    if first == "caller":
        caller = emulator.begin()
        emulator.wait_for_stderr(rb"INIT START")
        ExtensionPuppet(emulator, b"inside", [])
        puppet.ask_next()
    else:
        ExtensionPuppet(emulator, b"inside", [])
        puppet.ask_next()
        wait_until_asked_and_seen(emulator)
        caller = emulator.begin()
    assert b"timed out" in caller.reply().body
    caller = emulator.begin(b"[1]")
    puppet.respond(request_id_of(puppet.receive()), b"[2]")
    assert caller.reply().body == b"[2]"
