"""The Runtime API, spoken byte by byte by the test in the place of a runtime."""

import re
import time

import pytest

from support.emulator import UUID, do
from support.http1 import chunked, request
from support.puppet import NEXT, Puppet, request_id_of

OK = (202, b'{"status":"OK"}\n')


def answer(reply):
    return reply.status, reply.body


def error(reply):
    return reply.status, reply.json().get("errorType")


# --- reading ----------------------------------------------------------------------------------------------------------


@pytest.mark.kept
def test_ping_is_answered_pong_before_any_runtime_exists(emulator):
    with emulator.connect_runtime_api() as connection:
        connection.send(b"GET /2018-06-01/ping HTTP/1.1\r\nHost: localhost\r\n\r\n")
        reply = connection.reply(to=b"GET")
    assert answer(reply) == (200, b"pong")


@pytest.mark.kept
def test_next_hands_over_the_event_with_its_headers(begin_as_runtime):
    _, caller, runtime = begin_as_runtime(b'{"a":1}')
    reply = runtime.next()
    assert answer(reply) == (200, b'{"a":1}')
    assert reply.header("Content-Type") == "application/json"
    assert re.fullmatch(UUID, reply.header("Lambda-Runtime-Aws-Request-Id"))
    assert reply.header("Lambda-Runtime-Invoked-Function-Arn") == (
        "arn:aws:lambda:us-east-1:012345678912:function:test_function"
    )
    runtime.respond(request_id_of(reply))
    runtime.ask_next()
    assert caller.reply().status == 200


@pytest.mark.kept
def test_the_deadline_is_the_function_s_timeout_from_now(begin_as_runtime):
    before = time.time() * 1000
    _, _, runtime = begin_as_runtime(environment={"AWS_LAMBDA_FUNCTION_TIMEOUT": "30"})
    milliseconds = int(runtime.next().header("Lambda-Runtime-Deadline-Ms"))
    assert before + 29_000 <= milliseconds <= time.time() * 1000 + 31_000


@pytest.mark.kept
def test_the_default_timeout_is_300_seconds(begin_as_runtime):
    before = time.time() * 1000
    _, _, runtime = begin_as_runtime()
    milliseconds = int(runtime.next().header("Lambda-Runtime-Deadline-Ms"))
    assert before + 299_000 <= milliseconds <= time.time() * 1000 + 301_000


@pytest.mark.fixed
def test_next_carries_a_fresh_invocation_id(begin_as_runtime):
    emulator, caller, runtime = begin_as_runtime()
    seen = []
    for _ in range(3):
        reply = runtime.next()
        assert reply.header("Lambda-Runtime-Invocation-Id")
        seen.append(reply.header("Lambda-Runtime-Invocation-Id"))
        runtime.respond(request_id_of(reply))
        assert caller.reply().status == 200
        caller = emulator.begin()
    assert len(set(seen)) == 3


@pytest.mark.kept
def test_next_asked_again_before_the_answer_hands_over_the_same_event(begin_as_runtime):
    _, caller, runtime = begin_as_runtime(b'{"a":1}')
    first = runtime.next()
    second = runtime.next()
    assert answer(first) == answer(second) == (200, b'{"a":1}')
    request_id = first.header("Lambda-Runtime-Aws-Request-Id")
    assert second.header("Lambda-Runtime-Aws-Request-Id") == request_id
    assert answer(runtime.respond(request_id.encode(), b"[1]")) == OK
    runtime.ask_next()
    assert answer(caller.reply()) == (200, b"[1]")


@pytest.mark.kept
def test_next_waits_for_an_invocation(begin_as_runtime):
    emulator, caller, runtime = begin_as_runtime(b"1")
    runtime.respond(runtime.next_id(), b"[1]")
    runtime.ask_next()
    assert caller.reply().body == b"[1]"
    assert not runtime.connection.answered()
    caller = emulator.begin(b"2")
    reply = runtime.receive()
    assert reply.body == b"2"
    runtime.respond(request_id_of(reply), b"[2]")
    runtime.ask_next()
    assert caller.reply().body == b"[2]"


@pytest.mark.fixed
def test_a_runtime_that_gave_up_waiting_in_next_can_ask_again(begin_as_runtime):
    emulator, caller, runtime = begin_as_runtime(b"1")
    runtime.respond(runtime.next_id(), b"[1]")
    assert caller.reply().body == b"[1]"
    runtime.ask_next()
    emulator.wait_for_stdout(rb"REPORT RequestId: ")
    runtime.reconnect()
    runtime.ask_next()
    caller = emulator.begin(b"2")
    reply = runtime.receive()
    assert answer(reply) == (200, b"2")
    runtime.respond(request_id_of(reply), b"[2]")
    assert caller.reply().body == b"[2]"


@pytest.mark.kept
def test_an_event_of_six_megabytes_is_handed_over_whole(begin_as_runtime):
    event = b"y" * 6_291_456
    _, _, runtime = begin_as_runtime(event)
    assert runtime.next().body == event


# --- answering --------------------------------------------------------------------------------------------------------


@pytest.mark.kept
def test_a_response_is_accepted_and_reaches_the_caller(begin_as_runtime):
    _, caller, runtime = begin_as_runtime()
    reply = runtime.respond(runtime.next_id(), b'{"b":2}')
    assert answer(reply) == OK
    assert reply.header("Content-Type") == "application/json"
    runtime.ask_next()
    assert answer(caller.reply()) == (200, b'{"b":2}')


@pytest.mark.fixed
def test_the_caller_is_answered_before_the_runtime_asks_for_next(begin_as_runtime):
    emulator, caller, runtime = begin_as_runtime()
    assert answer(runtime.respond(runtime.next_id(), b'{"b":2}')) == OK
    assert answer(caller.reply()) == (200, b'{"b":2}')
    assert b"END RequestId" not in emulator.stdout
    assert b"REPORT RequestId" not in emulator.stdout
    runtime.ask_next()
    emulator.wait_for_stdout(rb"END RequestId: .*\nREPORT RequestId: ")


@pytest.mark.fixed
def test_the_caller_is_answered_before_the_runtime_asks_for_next_after_an_error_too(begin_as_runtime):
    emulator, caller, runtime = begin_as_runtime()
    assert answer(runtime.fail(runtime.next_id(), b'{"errorMessage":"boom","errorType":"E"}')) == OK
    assert answer(caller.reply()) == (200, b'{"errorMessage":"boom","errorType":"E"}')
    assert b"REPORT RequestId" not in emulator.stdout


@pytest.mark.fixed
def test_the_next_invocation_waits_until_the_runtime_asks_for_it(begin_as_runtime):
    emulator, caller, runtime = begin_as_runtime(b"1")
    runtime.respond(runtime.next_id(), b"[1]")
    assert caller.reply().body == b"[1]"
    second = emulator.begin(b"2")
    with emulator.connect() as connection:
        connection.send(request(b"GET", b"/nowhere"))
        assert connection.reply(to=b"GET").status == 404
    assert not second.answered()
    assert emulator.stdout.count(b"START RequestId: ") == 1
    runtime.respond(runtime.next_id(), b"[2]")
    assert second.reply().body == b"[2]"


@pytest.mark.kept
def test_an_error_is_accepted_and_reaches_the_caller_verbatim(begin_as_runtime):
    _, caller, runtime = begin_as_runtime()
    body = b'{"errorMessage":"boom","errorType":"MyErr","stackTrace":[]}'
    assert answer(runtime.fail(runtime.next_id(), body)) == OK
    runtime.ask_next()
    assert answer(caller.reply()) == (200, body)


@pytest.mark.kept
@pytest.mark.parametrize("error_type", [b"Runtime.MyError", b"Function.MyError", b"anything at all", b""])
def test_any_error_type_header_is_accepted(begin_as_runtime, error_type):
    _, caller, runtime = begin_as_runtime()
    headers = [(b"Lambda-Runtime-Function-Error-Type", error_type)]
    assert answer(runtime.fail(runtime.next_id(), b'{"errorType":"E"}', headers)) == OK
    runtime.ask_next()
    assert answer(caller.reply()) == (200, b'{"errorType":"E"}')


@pytest.mark.kept
def test_an_empty_response_is_a_response(begin_as_runtime):
    _, caller, runtime = begin_as_runtime()
    assert answer(runtime.respond(runtime.next_id(), b"")) == OK
    runtime.ask_next()
    assert answer(caller.reply()) == (200, b"")


@pytest.mark.kept
def test_a_chunked_response_is_accepted(begin_as_runtime):
    _, caller, runtime = begin_as_runtime()
    head = b"POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    runtime.connection.send(head % runtime.next_id() + chunked(b"[1,", b"2]"))
    assert answer(runtime.connection.reply()) == OK
    runtime.ask_next()
    assert caller.reply().body == b"[1,2]"


@pytest.mark.kept
def test_a_response_with_expect_100_continue_is_accepted(begin_as_runtime):
    _, caller, runtime = begin_as_runtime()
    head = (
        b"POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
        b"Expect: 100-continue\r\n\r\n"
    )
    runtime.connection.send(head % runtime.next_id())
    runtime.connection.interim(b"HTTP/1.1 100 Continue\r\n\r\n")
    runtime.connection.send(b"[3]")
    assert answer(runtime.connection.reply()) == OK
    runtime.ask_next()
    assert caller.reply().body == b"[3]"


@pytest.mark.kept
def test_response_and_next_may_be_pipelined(begin_as_runtime):
    emulator, caller, runtime = begin_as_runtime(b"1")
    request_id = runtime.next_id()
    path = b"/2018-06-01/runtime/invocation/" + request_id + b"/response"
    runtime.connection.send(request(b"POST", path, b"[1]") + NEXT)
    assert answer(runtime.connection.reply()) == OK
    assert caller.reply().body == b"[1]"
    second = emulator.begin(b"2")
    reply = runtime.receive()
    assert reply.body == b"2"
    runtime.respond(request_id_of(reply), b"[2]")
    runtime.ask_next()
    assert second.reply().body == b"[2]"


@pytest.mark.kept
def test_next_and_response_may_come_over_different_connections(begin_as_runtime):
    emulator, caller, runtime = begin_as_runtime(b"1")
    request_id = runtime.next_id()
    other = Puppet(emulator)
    assert answer(other.respond(request_id, b"[1]")) == OK
    other.reconnect()
    other.ask_next()
    assert caller.reply().body == b"[1]"


@pytest.mark.kept
def test_a_runtime_may_use_a_new_connection_for_every_request(emulator):
    for _ in range(3):
        assert emulator.invoke(do(["new-connection"], ["respond", '"ok"'], ["new-connection"])).body == b'"ok"'
    assert len(emulator.starts()) == 1


@pytest.mark.kept
def test_a_response_over_the_limit_is_refused_with_413_and_the_caller_is_told(begin_as_runtime):
    _, caller, runtime = begin_as_runtime()
    reply = runtime.respond(runtime.next_id(), b"x" * 6_291_557)
    assert reply.status == 413
    assert reply.json() == {
        "errorMessage": "Exceeded maximum allowed payload size (6291556 bytes).",
        "errorType": "RequestEntityTooLarge",
    }
    runtime.ask_next()
    told = caller.reply()
    assert told.status == 200
    assert told.json() == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size (6291557 bytes) exceeded maximum allowed payload size (6291556 bytes).",
    }


@pytest.mark.kept
def test_after_a_response_over_the_limit_the_same_runtime_goes_on(emulator):
    assert emulator.invoke(do(["respond-size", 6_291_557])).json()["errorType"] == "Function.ResponseSizeTooLarge"
    assert emulator.invoke(b"[1]").body == b"[1]"
    assert len(emulator.starts()) == 1


@pytest.mark.fixed
def test_a_response_over_the_limit_is_a_function_error(emulator):
    reply = emulator.invoke(do(["respond-size", 6_291_557]))
    assert reply.header("X-Amz-Function-Error") == "Unhandled"


@pytest.mark.fixed
def test_the_response_limit_can_be_set(start):
    emulator = start(environment={"THIMBLE_MAX_RESPONSE_BYTES": "1000"})
    assert emulator.invoke(do(["respond-size", 1000])).body == b"x" * 1000
    assert emulator.invoke(do(["respond-size", 1001])).json() == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size (1001 bytes) exceeded maximum allowed payload size (1000 bytes).",
    }


# --- state errors -----------------------------------------------------------------------------------------------------


@pytest.mark.kept
@pytest.mark.parametrize("what", [b"response", b"error"])
@pytest.mark.parametrize("wrong", [b"00000000-0000-0000-0000-000000000000", b"x"])
def test_a_wrong_request_id_is_refused_and_the_right_one_still_works(begin_as_runtime, what, wrong):
    _, caller, runtime = begin_as_runtime()
    request_id = runtime.next_id()
    reply = runtime.post(b"/2018-06-01/runtime/invocation/" + wrong + b"/" + what, b"{}")
    assert reply.status == 400
    assert reply.json() == {"errorMessage": "Invalid request ID", "errorType": "InvalidRequestID"}
    assert reply.body.endswith(b"\n")
    assert answer(runtime.respond(request_id, b"[1]")) == OK
    runtime.ask_next()
    assert caller.reply().body == b"[1]"


@pytest.mark.kept
def test_the_id_of_an_earlier_invocation_is_a_wrong_one(begin_as_runtime):
    emulator, caller, runtime = begin_as_runtime(b"1")
    first = runtime.next_id()
    runtime.respond(first, b"[1]")
    runtime.ask_next()
    assert caller.reply().body == b"[1]"
    caller = emulator.begin(b"2")
    second = request_id_of(runtime.receive())
    assert error(runtime.respond(first, b"[late]")) == (400, "InvalidRequestID")
    assert answer(runtime.respond(second, b"[2]")) == OK
    runtime.ask_next()
    assert caller.reply().body == b"[2]"


@pytest.mark.kept
def test_a_second_response_is_refused_and_the_caller_gets_the_first(begin_as_runtime):
    emulator, caller, runtime = begin_as_runtime()
    request_id = runtime.next_id()
    assert answer(runtime.respond(request_id, b"[1]")) == OK
    reply = runtime.respond(request_id, b"[2]")
    assert reply.status == 403
    assert reply.json() == {
        "errorMessage": "State transition from RuntimeResponseSentState to InvocationResponse failed for runtime. "
        "Error: State transition is not allowed",
        "errorType": "InvalidStateTransition",
    }
    runtime.ask_next()
    assert caller.reply().body == b"[1]"
    second = emulator.begin(b"again")
    assert runtime.receive().body == b"again"
    second.close()


@pytest.mark.kept
def test_an_error_after_the_response_is_refused_and_the_caller_gets_the_response(begin_as_runtime):
    _, caller, runtime = begin_as_runtime()
    request_id = runtime.next_id()
    assert answer(runtime.respond(request_id, b"[1]")) == OK
    reply = runtime.fail(request_id)
    assert reply.status == 403
    assert reply.json() == {
        "errorMessage": "State transition from RuntimeResponseSentState to InvocationErrorResponse failed for runtime. "
        "Error: State transition is not allowed",
        "errorType": "InvalidStateTransition",
    }
    runtime.ask_next()
    assert caller.reply().body == b"[1]"


@pytest.mark.kept
@pytest.mark.parametrize("second", [b"response", b"error"])
def test_anything_after_an_error_is_refused_and_the_caller_gets_the_error(begin_as_runtime, second):
    _, caller, runtime = begin_as_runtime()
    request_id = runtime.next_id()
    assert answer(runtime.fail(request_id, b'{"errorType":"First"}')) == OK
    reply = runtime.post(b"/2018-06-01/runtime/invocation/" + request_id + b"/" + second, b"{}")
    assert error(reply) == (403, "InvalidStateTransition")
    runtime.ask_next()
    assert caller.reply().body == b'{"errorType":"First"}'


@pytest.mark.kept
def test_init_error_outside_of_init_is_refused_and_the_invocation_goes_on(begin_as_runtime):
    _, caller, runtime = begin_as_runtime()
    request_id = runtime.next_id()
    reply = runtime.fail_init()
    assert reply.status == 403
    assert reply.json() == {
        "errorMessage": "State transition from Running to InitError failed for runtime. "
        "Error: State transition is not allowed",
        "errorType": "InvalidStateTransition",
    }
    assert answer(runtime.respond(request_id, b"[1]")) == OK
    runtime.ask_next()
    assert caller.reply().body == b"[1]"


@pytest.mark.kept
def test_a_response_during_init_is_refused_and_init_goes_on(begin_as_runtime):
    _, caller, runtime = begin_as_runtime(b"7")
    assert runtime.respond(b"00000000-0000-0000-0000-000000000000").status in (400, 403)
    assert answer(runtime.respond(runtime.next_id(), b"[7]")) == OK
    runtime.ask_next()
    assert caller.reply().body == b"[7]"


@pytest.mark.fixed
def test_another_invocation_id_is_answered_410_and_the_right_one_still_works(begin_as_runtime):
    _, caller, runtime = begin_as_runtime()
    invocation = runtime.next()
    request_id = request_id_of(invocation)
    stale = [(b"Lambda-Runtime-Invocation-Id", b"11111111-1111-1111-1111-111111111111")]
    assert runtime.respond(request_id, b"[stale]", stale).status == 410
    assert runtime.fail(request_id, headers=stale).status == 410
    echoed = invocation.header("Lambda-Runtime-Invocation-Id")
    assert answer(runtime.respond(request_id, b"[1]", [(b"Lambda-Runtime-Invocation-Id", echoed.encode())])) == OK
    assert caller.reply().body == b"[1]"


@pytest.mark.fixed
def test_the_invocation_id_may_be_echoed_on_an_error(begin_as_runtime):
    _, caller, runtime = begin_as_runtime()
    invocation = runtime.next()
    request_id = request_id_of(invocation)
    echoed = invocation.header("Lambda-Runtime-Invocation-Id")
    assert echoed
    assert answer(runtime.fail(request_id, b"{}", [(b"Lambda-Runtime-Invocation-Id", echoed.encode())])) == OK
    assert caller.reply().body == b"{}"


@pytest.mark.kept
def test_no_invocation_id_is_not_checked(begin_as_runtime):
    _, caller, runtime = begin_as_runtime()
    assert answer(runtime.respond(runtime.next_id(), b"[1]")) == OK
    runtime.ask_next()
    assert caller.reply().body == b"[1]"


@pytest.mark.fixed
@pytest.mark.parametrize("coding", ["length", "chunked"])
def test_a_response_broken_off_midway_can_be_repeated_on_a_new_connection(begin_as_runtime, coding):
    _, caller, runtime = begin_as_runtime()
    request_id = runtime.next_id()
    head = b"POST /2018-06-01/runtime/invocation/" + request_id + b"/response HTTP/1.1\r\nHost: a\r\n"
    if coding == "length":
        runtime.connection.send(head + b"Content-Length: 100\r\n\r\n[partly")
    else:
        runtime.connection.send(head + b"Transfer-Encoding: chunked\r\n\r\n10\r\n[partly")
    runtime.reconnect()
    assert answer(runtime.respond(request_id, b"[whole]")) == OK
    assert answer(caller.reply()) == (200, b"[whole]")


@pytest.mark.fixed
def test_after_a_response_broken_off_midway_the_runtime_may_report_an_error(begin_as_runtime):
    _, caller, runtime = begin_as_runtime()
    request_id = runtime.next_id()
    head = b"POST /2018-06-01/runtime/invocation/" + request_id + b"/response HTTP/1.1\r\nHost: a\r\n"
    runtime.connection.send(head + b"Content-Length: 100\r\n\r\n[partly")
    runtime.reconnect()
    assert answer(runtime.fail(request_id, b'{"errorType":"E"}')) == OK
    assert caller.reply().body == b'{"errorType":"E"}'


@pytest.mark.kept
def test_an_unknown_response_mode_is_refused(begin_as_runtime):
    _, _, runtime = begin_as_runtime()
    headers = [(b"Lambda-Runtime-Function-Response-Mode", b"sideways")]
    reply = runtime.respond(runtime.next_id(), b"{}", headers)
    assert reply.status == 400
    assert reply.json() == {
        "errorMessage": "Invalid function response mode",
        "errorType": "InvalidFunctionResponseMode",
    }


@pytest.mark.fixed
def test_after_an_unknown_response_mode_the_runtime_goes_on_with_next(begin_as_runtime):
    emulator, caller, runtime = begin_as_runtime(b"1")
    headers = [(b"Lambda-Runtime-Function-Response-Mode", b"sideways")]
    first = runtime.next_id()
    assert runtime.respond(first, b"{}", headers).status == 400
    runtime.ask_next()
    failed = caller.reply()
    assert failed.status in (200, 502)
    assert failed.header("X-Amz-Function-Error") == "Unhandled"
    caller = emulator.begin(b"2")
    reply = runtime.receive()
    assert answer(reply) == (200, b"2")
    second = request_id_of(reply)
    assert second != first
    runtime.respond(second, b"[2]")
    assert caller.reply().body == b"[2]"


# --- paths and methods ------------------------------------------------------------------------------------------------


@pytest.mark.kept
@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        (b"POST", b"/2018-06-01/ping", "GET"),
        (b"POST", b"/2018-06-01/runtime/invocation/next", "GET"),
        (b"DELETE", b"/2018-06-01/runtime/invocation/next", "GET"),
        (b"GET", b"/2018-06-01/runtime/invocation/x/response", "POST"),
        (b"PUT", b"/2018-06-01/runtime/invocation/x/error", "POST"),
        (b"GET", b"/2018-06-01/runtime/init/error", "POST"),
    ],
)
def test_a_wrong_method_is_405_and_names_the_right_one(emulator, method, path, allowed):
    with emulator.connect_runtime_api() as connection:
        connection.send(request(method, path, b"" if method != b"GET" else None))
        reply = connection.reply(to=method)
    assert answer(reply) == (405, b"")
    assert reply.header("Allow") == allowed


@pytest.mark.kept
@pytest.mark.parametrize(
    ("method", "path"),
    [
        (b"GET", b"/"),
        (b"GET", b"/2018-06-01"),
        (b"GET", b"/2018-06-01/runtime/restore/next"),
        (b"POST", b"/2018-06-01/runtime/restore/error"),
        (b"POST", b"/2018-06-01/runtime/invocation/x/softerror"),
        (b"POST", b"/2018-06-01/runtime/invocation/response"),
        (b"GET", b"/2018-06-02/runtime/invocation/next"),
        (b"POST", b"/2015-03-31/functions/function/invocations"),
    ],
)
def test_other_paths_are_not_found(emulator, method, path):
    with emulator.connect_runtime_api() as connection:
        connection.send(request(method, path, b"{}" if method == b"POST" else None))
        reply = connection.reply(to=method)
    assert answer(reply) == (404, b"404 page not found\n")
    assert emulator.starts() == []


# --- init -------------------------------------------------------------------------------------------------------------


@pytest.mark.kept
def test_an_init_error_is_accepted_and_reaches_the_caller_when_the_runtime_ends(start):
    body = '{"errorMessage":"no module","errorType":"Runtime.ImportModuleError"}'
    emulator = start(init=[["init-error", body], ["exit", 1]])
    reply = emulator.invoke()
    assert answer(reply) == (502, body.encode())


@pytest.mark.kept
def test_an_init_error_is_answered_202(begin_as_runtime):
    _, _, runtime = begin_as_runtime()
    assert answer(runtime.fail_init()) == OK


@pytest.mark.kept
def test_a_large_body_that_is_not_valid_utf_8_passes_unchanged(begin_as_runtime):
    _, caller, runtime = begin_as_runtime()
    body = bytes(range(256)) * 4096
    assert answer(runtime.respond(runtime.next_id(), body)) == OK
    runtime.ask_next()
    assert caller.reply().body == body


@pytest.mark.fixed
def test_an_idle_runtime_may_wait_in_next_for_longer_than_the_idle_timeout(start):
    emulator = start(environment={"THIMBLE_IDLE_TIMEOUT": "1"})
    first = emulator.invoke(do(["report"])).json()["pid"]
    with emulator.connect() as idle:
        idle.send(request(b"GET", b"/nowhere"))
        assert idle.reply(to=b"GET").status == 404
        idle.assert_closed()
    assert emulator.invoke(do(["report"])).json()["pid"] == first


@pytest.mark.kept
def test_a_handler_may_be_silent_on_its_connection_for_longer_than_the_idle_timeout(start):
    emulator = start(environment={"THIMBLE_IDLE_TIMEOUT": "1", "THIMBLE_HEAD_TIMEOUT": "1"})
    # The payload would fail on a closed connection: it does not open another by itself.
    assert emulator.invoke(do(["burn", 1500], ["respond", "[1]"])).body == b"[1]"
    assert emulator.invoke(b"[2]").body == b"[2]"
    assert len(emulator.starts()) == 1
