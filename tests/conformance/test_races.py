"""Two things at the same moment: while the emulator is stopped (SIGSTOP) both happen, then it finds them together."""

import contextlib
import os
import signal
import time

import pytest

from support.emulator import do
from support.http1 import request
from support.processes import alive, processes
from support.puppet import NEXT, Puppet, request_id_of
from support.waiting import wait_until


@contextlib.contextmanager
def frozen(emulator):
    """The emulator notices nothing of what happens inside."""
    os.kill(emulator.pid, signal.SIGSTOP)
    wait_until(lambda: any(p.pid == emulator.pid and p.state == "T" for p in processes()), "it to be stopped")
    try:
        yield
    finally:
        os.kill(emulator.pid, signal.SIGCONT)


def post(request_id, what, body=b"[late]"):
    return request(b"POST", b"/2018-06-01/runtime/invocation/" + request_id + b"/" + what, body)


def kill(emulator):
    pid = emulator.starts()[-1]
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not alive(pid), "the runtime's end")


def let_time_run_out(begun, seconds=1.2):
    wait_until(lambda: time.monotonic() > begun + seconds, "the time to run out")


def assert_works(emulator, start_number):
    """The next invoke starts another runtime and is answered."""
    caller = emulator.begin(b"next")
    emulator.wait_for_start(start_number)
    runtime = Puppet(emulator)
    reply = runtime.next()
    assert (reply.status, reply.body) == (200, b"next")
    assert runtime.respond(request_id_of(reply), b"[next]").status == 202
    runtime.ask_next()
    assert caller.reply().body == b"[next]"


# --- a signal and ... -------------------------------------------------------------------------------------------------


@pytest.mark.fixed
def test_a_signal_and_the_next_after_a_response(begin_as_runtime):
    emulator, caller, runtime = begin_as_runtime()
    runtime.respond(runtime.next_id(), b"[1]")
    assert caller.reply().body == b"[1]"
    with frozen(emulator):
        emulator.signal(signal.SIGTERM)
        runtime.ask_next()
    # That it ends with exit code 0 is asserted at the end of every test.
    wait_until(emulator.ended, "its end")


@pytest.mark.kept
@pytest.mark.parametrize("what", [b"response", b"error"])
def test_a_signal_and_an_answer(begin_as_runtime, what):
    emulator, caller, runtime = begin_as_runtime()
    request_id = runtime.next_id()
    with frozen(emulator):
        emulator.signal(signal.SIGTERM)
        runtime.connection.send(post(request_id, what))
    wait_until(emulator.ended, "its end")
    caller.close()


@pytest.mark.kept
def test_a_signal_and_the_first_next(begin_as_runtime):
    emulator, _, runtime = begin_as_runtime()
    with frozen(emulator):
        emulator.signal(signal.SIGTERM)
        runtime.ask_next()
    wait_until(emulator.ended, "its end")


@pytest.mark.kept
def test_a_signal_and_an_init_error(begin_as_runtime):
    emulator, _, runtime = begin_as_runtime()
    with frozen(emulator):
        emulator.signal(signal.SIGTERM)
        runtime.connection.send(request(b"POST", b"/2018-06-01/runtime/init/error", b"{}"))
    wait_until(emulator.ended, "its end")


@pytest.mark.kept
def test_a_signal_and_the_end_of_the_runtime(begin_as_runtime):
    emulator, _, runtime = begin_as_runtime()
    runtime.next_id()
    with frozen(emulator):
        emulator.signal(signal.SIGTERM)
        kill(emulator)
    wait_until(emulator.ended, "its end")


@pytest.mark.kept
def test_a_signal_and_a_new_invoke(emulator):
    emulator.invoke()
    with frozen(emulator):
        emulator.signal(signal.SIGTERM)
        caller = emulator.begin(b"2")
    wait_until(emulator.ended, "its end")
    caller.close()


@pytest.mark.kept
def test_two_signals(emulator):
    emulator.begin(do(["hang"]))
    emulator.wait_for_note()
    with frozen(emulator):
        emulator.signal(signal.SIGTERM)
        emulator.signal(signal.SIGINT)
    wait_until(emulator.ended, "its end")


# --- the end of the time and ... --------------------------------------------------------------------------------------
# The incumbent's outcome is a matter of chance in most of these: a null pointer, a 502, or what it should be.

ONE_SECOND = {"AWS_LAMBDA_FUNCTION_TIMEOUT": "1"}


@pytest.mark.thimble
@pytest.mark.parametrize("what", [b"response", b"error"])
def test_the_end_of_the_time_and_an_answer(begin_as_runtime, what):
    emulator, caller, runtime = begin_as_runtime(environment=ONE_SECOND)
    request_id = runtime.next_id()
    begun = time.monotonic()
    with frozen(emulator):
        runtime.connection.send(post(request_id, what))
        let_time_run_out(begun)
    reply = caller.reply()
    assert reply.status == 200
    assert reply.body in (b"[late]", b"Task timed out after 1.00 seconds")
    if reply.body == b"[late]":
        assert runtime.connection.reply().status == 202
    else:
        assert_works(emulator, 2)


@pytest.mark.fixed
def test_the_end_of_the_time_and_the_next_after_a_response(begin_as_runtime):
    emulator, caller, runtime = begin_as_runtime(environment=ONE_SECOND)
    runtime.respond(runtime.next_id(), b"[1]")
    begun = time.monotonic()
    assert caller.reply().body == b"[1]"
    with frozen(emulator):
        runtime.ask_next()
        let_time_run_out(begun)
    # Whether the runtime has kept its time is a matter of taste; that the next invoke is answered is not.
    second = emulator.begin(b"2")
    wait_until(lambda: runtime.connection.answered() or len(emulator.starts()) == 2, "either runtime to be asked")
    if not runtime.connection.arrived().startswith(b"HTTP/1.1 200 "):
        emulator.wait_for_start(2)
        runtime.reconnect()
        runtime.ask_next()
    reply = runtime.receive()
    assert reply.body == b"2"
    runtime.respond(request_id_of(reply), b"[2]")
    assert second.reply().body == b"[2]"


@pytest.mark.fixed
def test_the_end_of_the_time_while_the_runtime_does_not_ask_for_next(begin_as_runtime):
    emulator, caller, runtime = begin_as_runtime(environment=ONE_SECOND)
    runtime.respond(runtime.next_id(), b"[1]")
    assert caller.reply().body == b"[1]"
    assert_works(emulator, 2)


@pytest.mark.thimble
def test_the_end_of_the_time_and_the_end_of_the_runtime(begin_as_runtime):
    emulator, caller, runtime = begin_as_runtime(environment=ONE_SECOND)
    runtime.next_id()
    begun = time.monotonic()
    with frozen(emulator):
        kill(emulator)
        let_time_run_out(begun)
    assert caller.reply().status in (200, 502)
    assert_works(emulator, 2)


@pytest.mark.thimble
def test_the_end_of_the_time_and_an_init_error(begin_as_runtime):
    emulator, caller, runtime = begin_as_runtime(environment=ONE_SECOND)
    begun = time.monotonic()
    with frozen(emulator):
        runtime.connection.send(request(b"POST", b"/2018-06-01/runtime/init/error", b'{"errorType":"E"}'))
        let_time_run_out(begun)
    assert caller.reply().status in (200, 502)


@pytest.mark.thimble
def test_the_end_of_the_time_and_the_first_next(begin_as_runtime):
    emulator, caller, runtime = begin_as_runtime(environment=ONE_SECOND)
    begun = time.monotonic()
    with frozen(emulator):
        runtime.ask_next()
        let_time_run_out(begun)
    assert caller.reply().status == 200


# --- the end of the runtime and ... -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    # With the end first the incumbent's answer is a matter of chance.
    "order",
    [pytest.param("answer-first", marks=pytest.mark.fixed), pytest.param("end-first", marks=pytest.mark.thimble)],
)
def test_the_end_of_the_runtime_and_its_answer(begin_as_runtime, order):
    emulator, caller, runtime = begin_as_runtime()
    request_id = runtime.next_id()
    with frozen(emulator):
        if order == "answer-first":
            runtime.connection.send(post(request_id, b"response"))
        kill(emulator)
        if order == "end-first":
            runtime.connection.send(post(request_id, b"response"))
    reply = caller.reply()
    assert (reply.status, reply.body) == (200, b"[late]") or (
        reply.status == 502 and reply.json()["errorType"] == "Runtime.ExitError"
    )
    if order == "answer-first":
        assert reply.status == 200, "an answer given before the end is an answer"
    assert_works(emulator, 2)


@pytest.mark.fixed
def test_the_end_of_the_runtime_and_the_next_after_its_response(begin_as_runtime):
    emulator, caller, runtime = begin_as_runtime()
    runtime.respond(runtime.next_id(), b"[1]")
    assert caller.reply().body == b"[1]"
    with frozen(emulator):
        runtime.ask_next()
        kill(emulator)
    assert_works(emulator, 2)


@pytest.mark.fixed
def test_the_end_of_the_runtime_with_an_answer_and_the_next_in_one_piece(begin_as_runtime):
    emulator, caller, runtime = begin_as_runtime()
    request_id = runtime.next_id()
    with frozen(emulator):
        runtime.connection.send(post(request_id, b"response", b"[1]") + NEXT)
        kill(emulator)
    reply = caller.reply()
    assert (reply.status, reply.body) == (200, b"[1]")
    assert_works(emulator, 2)


@pytest.mark.fixed
def test_the_end_of_an_idle_runtime_and_a_new_invoke(emulator):
    emulator.invoke(b"1")
    with frozen(emulator):
        kill(emulator)
        caller = emulator.begin(b"2")
    reply = caller.reply()
    assert (reply.status, reply.body) == (200, b"2")
    assert len(emulator.notes()) == len(set(emulator.notes())) == 2


@pytest.mark.fixed
def test_the_end_of_an_idle_runtime_and_many_new_invokes(emulator):
    emulator.invoke(b"0")
    with frozen(emulator):
        kill(emulator)
        callers = [emulator.begin(b"%d" % number) for number in range(20)]
    assert sorted(caller.reply().body for caller in callers) == sorted(b"%d" % number for number in range(20))
    assert len(emulator.starts()) == 2


# --- a caller that leaves and ... -------------------------------------------------------------------------------------


@pytest.mark.kept
@pytest.mark.parametrize("what", [b"response", b"error"])
def test_a_caller_that_leaves_and_the_answer(begin_as_runtime, what):
    emulator, caller, runtime = begin_as_runtime()
    request_id = runtime.next_id()
    with frozen(emulator):
        caller.close()
        runtime.connection.send(post(request_id, what))
    assert runtime.connection.reply().status == 202
    runtime.ask_next()
    emulator.wait_for_stdout(rb"REPORT RequestId: ")
    second = emulator.begin(b"2")
    reply = runtime.receive()
    assert reply.body == b"2"
    runtime.respond(request_id_of(reply), b"[2]")
    runtime.ask_next()
    assert second.reply().body == b"[2]"


@pytest.mark.kept
def test_a_caller_that_leaves_at_once(emulator):
    with frozen(emulator):
        emulator.begin(b"1").close()
    emulator.wait_for_stdout(rb"REPORT RequestId: ")
    assert emulator.invoke(b"2").body == b"2"


@pytest.mark.fixed
def test_a_queued_caller_that_leaves_and_the_answer_to_the_one_before(begin_as_runtime):
    emulator, caller, runtime = begin_as_runtime()
    second = emulator.begin(b"2")
    third = emulator.begin(b"3")
    request_id = runtime.next_id()
    with frozen(emulator):
        second.close()
        runtime.connection.send(post(request_id, b"response", b"[1]") + NEXT)
    assert caller.reply().body == b"[1]"
    assert runtime.connection.reply().status == 202
    for event in (b"2", b"3"):
        reply = runtime.receive()
        assert reply.body == event
        runtime.respond(request_id_of(reply), b"[3]")
        runtime.ask_next()
    assert third.reply().body == b"[3]"


# --- a waiting runtime that leaves and ... ----------------------------------------------------------------------------


@pytest.mark.fixed
def test_a_next_that_is_given_up_and_a_new_invoke(begin_as_runtime):
    emulator, caller, runtime = begin_as_runtime(b"1")
    runtime.respond(runtime.next_id(), b"[1]")
    assert caller.reply().body == b"[1]"
    runtime.ask_next()
    emulator.wait_for_stdout(rb"REPORT RequestId: ")
    with frozen(emulator):
        runtime.connection.close()
        second = emulator.begin(b"2")
    runtime.reconnect()
    reply = runtime.next()
    assert reply.body == b"2"
    runtime.respond(request_id_of(reply), b"[2]")
    assert second.reply().body == b"[2]"
