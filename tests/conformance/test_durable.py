"""Durable functions: what an invocation says of its execution, and the engine that is somewhere else."""

import json
import re
import select
import socket
import struct
import threading

import pytest

from support.emulator import INVOKE, PUPPET, UUID, do, free_ports, run
from support.engine import Engine
from support.http1 import chunked, request
from support.processes import rss
from support.puppet import Puppet
from support.waiting import wait_until

NAME, ARN = b"X-Amz-Durable-Execution-Name", b"X-Amz-Durable-Execution-Arn"
HELLO = b"/2015-03-31/functions/hello/invocations"
EXECUTION = b"arn%3Aaws%3Alambda%3Aus-east-1%3A012345678912%3Afunction%3Ahello%3A%24LATEST%2Fdurable-execution%2Fa%2Fb"
GET = b"/2025-12-01/durable-executions/" + EXECUTION


@pytest.fixture
def engine():
    engine = Engine()
    yield engine
    engine.close()


@pytest.fixture
def with_engine(start, engine):
    """An emulator that knows the engine."""
    return start("--durable-endpoint", engine.url, command=PUPPET)


def begin(emulator, method, path, body=None, headers=()):
    return emulator.connect().send(request(method, path, body, headers))


# --- Invoke -----------------------------------------------------------------------------------------------------------


@pytest.mark.thimble
def test_a_name_begins_an_execution_and_reaches_the_runtime(begin_as_runtime):
    _, caller, runtime = begin_as_runtime(b"{}", headers=[(NAME, b"order-1")])
    event = runtime.next()
    assert event.header("X-Amz-Durable-Execution-Name") == "order-1"
    arn = event.header("X-Amz-Durable-Execution-Arn")
    function = re.escape("arn:aws:lambda:us-east-1:012345678912:function:test_function:$LATEST")
    assert re.fullmatch(f"{function}/durable-execution/order-1/{UUID}", arn)

    runtime.respond(event.header("Lambda-Runtime-Aws-Request-Id").encode())
    assert caller.reply().header("X-Amz-Durable-Execution-Arn") == arn


@pytest.mark.thimble
def test_an_arn_that_is_given_stays_as_it_is(begin_as_runtime):
    _, caller, runtime = begin_as_runtime(b"{}", headers=[(ARN, b"arn:of:it")])
    event = runtime.next()
    assert event.header("X-Amz-Durable-Execution-Arn") == "arn:of:it"
    assert event.header("X-Amz-Durable-Execution-Name") is None
    runtime.fail(event.header("Lambda-Runtime-Aws-Request-Id").encode())
    reply = caller.reply()
    assert reply.header("X-Amz-Durable-Execution-Arn") == "arn:of:it"
    assert reply.header("X-Amz-Function-Error") == "Unhandled"


@pytest.mark.thimble
def test_an_ordinary_invocation_says_nothing_of_it(begin_as_runtime):
    _, caller, runtime = begin_as_runtime()
    event = runtime.next()
    assert b"durable" not in event.head.lower()
    runtime.respond(event.header("Lambda-Runtime-Aws-Request-Id").encode())
    assert b"durable" not in caller.reply().head.lower()


@pytest.mark.thimble
def test_an_execution_belongs_to_the_version_that_was_invoked(start):
    emulator = start()
    for qualifier, version in ((b"7", "7"), (b"PROD", "$LATEST"), (b"$LATEST", "$LATEST")):
        reply = emulator.invoke(do(["respond", "1"]), HELLO + b"?Qualifier=" + qualifier, [(NAME, b"n")])
        assert reply.status == 200
        assert f":test_function:{version}/durable-execution/n/" in reply.header("X-Amz-Durable-Execution-Arn")


@pytest.mark.thimble
def test_an_event_has_the_same_execution_in_every_attempt(start):
    emulator = start(command=PUPPET, environment={"THIMBLE_EVENT_RETRY_DELAY": "0"})
    reply = emulator.invoke(b"{}", HELLO, [(NAME, b"later"), (b"X-Amz-Invocation-Type", b"Event")])
    assert reply.status == 202
    arn = reply.header("X-Amz-Durable-Execution-Arn")
    assert "/durable-execution/later/" in arn
    emulator.wait_for_start()
    runtime = Puppet(emulator)
    for _ in range(2):
        event = runtime.next()
        assert event.header("X-Amz-Durable-Execution-Name") == "later"
        assert event.header("X-Amz-Durable-Execution-Arn") == arn
        runtime.fail(event.header("Lambda-Runtime-Aws-Request-Id").encode())


@pytest.mark.thimble
@pytest.mark.parametrize("name", [b"a b", b"a.b", b"a/b", b"x" * 65])
def test_a_name_may_have_only_some_characters(emulator, name):
    reply = emulator.invoke(b"{}", HELLO, [(NAME, name)])
    assert reply.status == 400
    assert reply.header("X-Amzn-ErrorType") == "InvalidParameterValueException"
    assert emulator.starts() == []


@pytest.mark.thimble
def test_on_the_classic_path_a_name_is_only_passed_on(begin_as_runtime):
    _, caller, runtime = begin_as_runtime(b"{}", headers=[(NAME, b"a b")])
    event = runtime.next()
    assert event.header("X-Amz-Durable-Execution-Name") == "a b"
    assert event.header("X-Amz-Durable-Execution-Arn") is None
    runtime.respond(event.header("Lambda-Runtime-Aws-Request-Id").encode())
    assert caller.reply().status == 200


# --- without an engine ------------------------------------------------------------------------------------------------


PATHS = [
    (b"GET", GET),
    (b"GET", GET + b"/state?CheckpointToken=t"),
    (b"POST", GET + b"/checkpoint"),
    (b"DELETE", GET),
    (b"POST", b"/2025-12-01/durable-execution-callbacks/id/succeed"),
    (b"GET", b"/2025-12-01/functions/hello/durable-executions?MaxItems=1"),
]


@pytest.mark.thimble
@pytest.mark.parametrize(("method", "path"), PATHS)
def test_without_an_engine_there_is_no_execution(emulator, method, path):
    with begin(emulator, method, path, b"{}" if method == b"POST" else None) as connection:
        reply = connection.reply(to=method)
    assert reply.status == 404
    assert reply.header("X-Amzn-ErrorType") == "ResourceNotFoundException"
    assert re.fullmatch(UUID, reply.header("X-Amzn-RequestId"))
    assert reply.json()["Type"] == "User"
    assert "--durable-endpoint" in reply.json()["Message"]


@pytest.mark.thimble
def test_without_an_engine_the_public_emulator_s_answer_is_given_if_asked_for(start):
    emulator = start(environment={"THIMBLE_FIDELITY": "rie"})
    with begin(emulator, b"GET", GET) as connection:
        reply = connection.reply(to=b"GET")
    assert (reply.status, reply.body) == (404, b"404 page not found\n")


@pytest.mark.thimble
@pytest.mark.parametrize(
    "path", [b"/2025-12-01/functions/hello", b"/2025-12-02/durable-executions/x", b"/durable-executions"]
)
def test_other_paths_are_not_the_engine_s(with_engine, engine, path):
    with begin(with_engine, b"GET", path) as connection:
        assert connection.reply(to=b"GET").body == b"404 page not found\n"
    assert not engine.was_visited()


# --- with an engine ---------------------------------------------------------------------------------------------------


@pytest.mark.thimble
def test_a_request_reaches_the_engine_byte_for_byte(with_engine, engine):
    path = b"/2025-12-01/functions/a%2Fb:%24LATEST/durable-executions?Statuses=RUNNING&Statuses=%46AILED&x=//&&="
    headers = [
        (b"X-Amz-Date", b"20261123T000000Z"),
        (b"authorization", b"AWS4-HMAC-SHA256 a, b"),
        (b"X-Two", b"1"),
        (b"X-Two", b"2"),
    ]
    with begin(with_engine, b"GET", path, headers=headers) as caller:
        visit = engine.accept()
        line, got = visit.head()
        assert line == b"GET " + path + b" HTTP/1.1"
        assert got[0] == (b"Host", b"127.0.0.1:%d" % engine.port)
        assert got[1:5] == headers
        assert got[-1] == (b"Connection", b"close")
        assert b"content-length" not in [name.lower() for name, _ in got]
        visit.answer(
            b"200 OK",
            b'{"DurableExecutions":[]}',
            [(b"Content-Type", b"application/json"), (b"X-Amzn-RequestId", b"theirs")],
        )
        reply = caller.reply(to=b"GET")
    assert reply.status == 200
    assert reply.body == b'{"DurableExecutions":[]}'
    assert reply.header("Content-Type") == "application/json"
    assert reply.header("X-Amzn-RequestId") == "theirs"


@pytest.mark.thimble
@pytest.mark.parametrize(("method", "path"), PATHS)
def test_every_operation_goes_to_the_engine(with_engine, engine, method, path):
    body = b'{"Updates":[]}' if method == b"POST" else None
    with begin(with_engine, method, path, body) as caller:
        visit = engine.accept()
        line, headers = visit.head()
        assert line == method + b" " + path + b" HTTP/1.1"
        if body:
            assert dict(headers)[b"Content-Length"] == b"14"
            assert visit.exactly(14) == body
        visit.answer(b"202 Accepted", b"{}")
        reply = caller.reply(to=method)
    assert (reply.status, reply.body) == (202, b"{}")


@pytest.mark.thimble
def test_headers_of_the_hop_stay_on_their_hop(with_engine, engine):
    mine = [
        (b"Connection", b"keep-alive, X-Mine"),
        (b"X-Mine", b"1"),
        (b"Keep-Alive", b"5"),
        (b"TE", b"trailers"),
        (b"X-End", b"2"),
    ]
    theirs = [(b"Connection", b"close, X-Theirs"), (b"X-Theirs", b"1"), (b"Trailer", b"x"), (b"X-End", b"3")]
    with begin(with_engine, b"GET", GET, headers=mine) as caller:
        visit = engine.accept()
        got = {name.lower(): value for name, value in visit.head()[1]}
        assert got[b"x-end"] == b"2" and got[b"connection"] == b"close"
        assert not {b"x-mine", b"keep-alive", b"te"} & got.keys()
        visit.answer(headers=theirs)
        reply = caller.reply(to=b"GET")
        assert reply.header("X-End") == "3"
        assert [reply.header(name) for name in ("X-Theirs", "Trailer", "Connection")] == [None] * 3
        # The caller's connection goes on.
        caller.send(request(b"GET", GET))
        engine.accept().answer(body=b"again")
        assert caller.reply(to=b"GET").body == b"again"


@pytest.mark.thimble
@pytest.mark.parametrize(
    "status", [b"201 Created", b"400 Bad Request", b"404 Not Found", b"409 Conflict", b"500 Oh", b"599 Odd"]
)
def test_the_engine_s_status_is_the_answer_s(with_engine, engine, status):
    with begin(with_engine, b"POST", GET + b"/stop", b"") as caller:
        visit = engine.accept()
        assert (b"Content-Length", b"0") in visit.head()[1]
        visit.answer(status, b'{"Type":"x"}', [(b"X-Amzn-ErrorType", b"Mine")])
        reply = caller.reply()
    assert (reply.status, reply.body, reply.header("X-Amzn-ErrorType")) == (int(status[:3]), b'{"Type":"x"}', "Mine")


@pytest.mark.thimble
def test_an_answer_without_a_body_has_none(with_engine, engine):
    with begin(with_engine, b"DELETE", GET) as caller:
        visit = engine.accept()
        visit.head()
        visit.send(b"HTTP/1.1 204 No Content\r\nX: y\r\n\r\n")
        reply = caller.reply(to=b"DELETE")
        assert (reply.status, reply.header("X"), reply.header("Content-Length")) == (204, "y", None)
        caller.send(request(b"HEAD", GET))
        visit = engine.accept()
        assert visit.head()[0].startswith(b"HEAD ")
        visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: z\r\n\r\n")
        reply = caller.reply(to=b"HEAD")
        assert (reply.status, reply.header("X"), reply.header("Content-Length")) == (200, "z", None)


@pytest.mark.thimble
def test_a_body_in_pieces_is_passed_on_as_it_comes_both_ways(with_engine, engine):
    with with_engine.connect() as caller:
        caller.send(
            b"POST " + GET + b"/checkpoint HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
        )
        visit = engine.accept()
        assert (b"Transfer-Encoding", b"chunked") in visit.head()[1]
        assert visit.chunk() == b"abc"
        caller.send(b"2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\n")
        assert visit.chunk() == b"de"
        assert visit.chunk() == b""

        visit.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
        assert caller.reply_head().header("Transfer-Encoding") == "chunked"
        assert caller.chunk() == b"first"
        visit.send(b"6\r\nsecond\r\n")
        assert caller.chunk() == b"second"
        visit.send(b"0\r\n\r\n")
        assert caller.chunk() == b""


@pytest.mark.thimble
def test_a_body_without_a_length_ends_with_the_engine_s_connection(with_engine, engine):
    with begin(with_engine, b"GET", GET) as caller:
        visit = engine.accept()
        visit.head()
        visit.send(b"HTTP/1.0 200 OK\r\n\r\nall of it")
        visit.close()
        assert caller.reply(to=b"GET").body == b"all of it"


@pytest.mark.thimble
def test_100_continue_is_said_to_who_waits_for_it(with_engine, engine):
    with with_engine.connect() as caller:
        caller.send(b"POST " + GET + b"/stop HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        caller.interim(b"HTTP/1.1 100 Continue\r\n\r\n")
        caller.send(b"{}")
        visit = engine.accept()
        assert b"expect" not in {name.lower() for name, _ in visit.head()[1]}
        assert visit.exactly(2) == b"{}"
        visit.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        visit.answer(body=b"done")
        assert caller.reply().body == b"done"


@pytest.mark.thimble
def test_a_large_body_arrives_whole_both_ways(with_engine, engine):
    large = bytes(range(256)) * (5 * 4096)  # 5 MiB
    with begin(with_engine, b"POST", GET + b"/checkpoint", b"") as caller:
        visit = engine.accept()
        visit.head()
        visit.answer(body=large)
        assert caller.reply().body == large
    with with_engine.connect() as caller:
        caller.send(request(b"POST", GET + b"/checkpoint", large))
        visit = engine.accept()
        visit.head()
        assert visit.exactly(len(large)) == large
        visit.answer(body=b"got it")
        assert caller.reply().body == b"got it"


@pytest.mark.thimble
def test_an_engine_that_does_not_read_holds_the_caller_back(start):
    size = 64 * 1024 * 1024
    engine = Engine(receive_buffer=4096)
    emulator = start("--durable-endpoint", engine.url, f"--max-request-bytes={size}", command=PUPPET)
    before = rss(emulator.pid)
    with emulator.connect() as caller:
        caller.send(b"POST " + GET + b"/checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size)
        visit = engine.accept()
        visit.head()
        sent = fill(caller, size)
        assert sent < size, "somebody keeps 64 megabytes for an engine that takes none"
        assert rss(emulator.pid) - before < 12 * 1024 * 1024
        assert visit.exactly(sent) == b"x" * sent
    visit.wait_for_end()
    engine.close()


@pytest.mark.thimble
def test_a_caller_who_does_not_read_holds_the_engine_back(with_engine, engine):
    before = rss(with_engine.pid)
    with begin(with_engine, b"GET", GET) as caller:
        visit = engine.accept()
        visit.head()
        size = 64 * 1024 * 1024
        visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        sent = fill(visit, size)
        assert sent < size, "somebody keeps 64 megabytes for a caller who takes none"
        assert rss(with_engine.pid) - before < 12 * 1024 * 1024
        caller.reply_head()
        assert caller.chunk()
    visit.wait_for_end()


def fill(connection, most):
    """Sends until nothing more is taken for a tenth of a second, and returns how much that was."""
    sent = 0
    while sent < most and select.select([], [connection], [], 0.1)[1]:
        sent += connection.send_some(b"x" * min(262144, most - sent))
    return sent


@pytest.mark.thimble
def test_a_request_that_is_too_large_is_refused(start, engine):
    emulator = start("--durable-endpoint", engine.url, "--max-request-bytes", "1000", command=PUPPET)
    with begin(emulator, b"POST", GET + b"/checkpoint", b"x" * 1001) as caller:
        reply = caller.reply()
        assert reply.status == 413
        assert reply.header("X-Amzn-ErrorType") == "RequestTooLargeException"
    assert not engine.was_visited()
    with emulator.connect() as caller:
        caller.send(b"POST " + GET + b"/checkpoint HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        visit = engine.accept()
        caller.send(chunked(b"x" * 600, b"y" * 600))
        assert caller.reply().status == 413
        visit.wait_for_end()


@pytest.mark.thimble
def test_an_engine_that_is_not_there_is_502_and_one_line(start):
    (port,) = free_ports(1)
    emulator = start("--durable-endpoint", f"http://127.0.0.1:{port}", command=PUPPET)
    for method, body in ((b"GET", None), (b"POST", b"{}")):
        with begin(emulator, method, GET, body) as caller:
            reply = caller.reply(to=method)
        assert reply.status == 502
        assert reply.header("X-Amzn-ErrorType") == "ServiceException"
        assert reply.json()["Type"] == "Service"
        assert reply.json()["Message"] == f"Durable endpoint http://127.0.0.1:{port}: connection refused"
    line = b"[ERROR] (rapid) Durable endpoint http://127.0.0.1:%d: connection refused\n" % port
    wait_until(lambda: emulator.stderr.count(line) == 2, "a line for each")
    assert emulator.stderr.count(b"[ERROR]") == 2


@pytest.mark.thimble
@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Len",
        b"220 mail.example\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: br\r\n\r\n",
    ],
)
def test_an_engine_that_speaks_no_http_is_502(with_engine, engine, said):
    with begin(with_engine, b"GET", GET) as caller:
        visit = engine.accept()
        visit.head()
        visit.send(said)
        visit.close()
        assert caller.reply(to=b"GET").status == 502


@pytest.mark.thimble
def test_an_engine_that_ends_in_the_middle_of_its_answer_ends_the_caller_s(with_engine, engine):
    with begin(with_engine, b"GET", GET) as caller:
        visit = engine.accept()
        visit.head()
        visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
        caller.reply_head()
        assert caller.chunk() == b"hello"
        visit.reset()
        caller.assert_closed()
    with_engine.wait_for_stderr(
        rb"\[ERROR\] \(rapid\) Durable endpoint http://127\.0\.0\.1:\d+: connection reset by peer\n"
    )


@pytest.mark.thimble
def test_an_engine_that_does_not_answer_is_504(start, engine):
    emulator = start("--durable-endpoint", engine.url, "--idle-timeout", "1", command=PUPPET)
    with begin(emulator, b"GET", GET) as caller:
        visit = engine.accept()
        reply = caller.reply(to=b"GET")
        assert reply.status == 504
        assert reply.header("X-Amzn-ErrorType") == "ServiceException"
        visit.head()
        visit.wait_for_end()


@pytest.mark.thimble
def test_an_answer_may_come_before_the_request_is_complete(with_engine, engine):
    with with_engine.connect() as caller:
        caller.send(b"POST " + GET + b"/checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello")
        visit = engine.accept()
        visit.head()
        visit.answer(b"400 Bad Request", b"no")
        reply = caller.reply()
        assert (reply.status, reply.body) == (400, b"no")
        visit.wait_for_end()
        # The rest is read, and the connection goes on.
        caller.send(b"world" + request(b"GET", GET))
        engine.accept().answer(body=b"next")
        assert caller.reply(to=b"GET").body == b"next"


MIB = 1024 * 1024


@pytest.mark.thimble
@pytest.mark.parametrize("size", [200_000, 20 * MIB], ids=["small", "larger than a request"])
def test_an_engine_that_answers_and_reads_no_more_has_its_answer_passed_on(start, size):
    engine = Engine(receive_buffer=4096)
    emulator = start("--durable-endpoint", engine.url, f"--max-request-bytes={16 * MIB}", command=PUPPET)
    with emulator.connect() as caller:
        caller.send(b"POST " + GET + b"/checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (16 * MIB))
        visit = engine.accept()
        visit.head()
        sent = fill(caller, 16 * MIB)
        assert sent < 16 * MIB
        answer = bytes(range(250)) * (size // 250)
        answering = threading.Thread(target=visit.answer, args=(b"413 Content Too Large", answer))
        answering.start()
        if size < MIB:
            # At once, although the request is not complete.
            reply = caller.reply()
            caller.send(b"x" * (16 * MIB - sent))
        else:
            caller.send(b"x" * (16 * MIB - sent))
            reply = caller.reply()
        assert (reply.status, reply.body) == (413, answer)
        answering.join()
        # The connection goes on.
        caller.send(request(b"GET", GET))
        engine.accept().answer(body=b"next")
        assert caller.reply(to=b"GET").body == b"next"
    engine.close()


@pytest.mark.thimble
def test_an_engine_may_answer_while_it_reads(with_engine, engine):
    size = 3 * MIB
    with with_engine.connect() as caller:
        caller.send(b"POST " + GET + b"/checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size)
        visit = engine.accept()
        visit.head()
        visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(3):
            caller.send(b"x" * MIB)
            visit.send(visit.exactly(MIB))
        assert caller.reply().body == b"x" * size


@pytest.mark.thimble
@pytest.mark.parametrize("when", ["in the request", "before the answer", "in the answer"])
def test_a_caller_who_leaves_closes_the_engine_s_connection(with_engine, engine, when):
    caller = with_engine.connect()
    length = 10 if when == "in the request" else 5
    caller.send(b"POST " + GET + b"/checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\nhello" % length)
    visit = engine.accept()
    visit.head()
    assert visit.exactly(5) == b"hello"
    if when == "in the answer":
        visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
        caller.reply_head()
        assert caller.chunk() == b"hello"
    reset(caller)
    visit.wait_for_end()
    with begin(with_engine, b"GET", GET) as another:
        engine.accept().answer(body=b"still here")
        assert another.reply(to=b"GET").body == b"still here"


def reset(connection):
    """Closes with a reset, which needs no answer to be noticed."""
    duplicate = socket.socket(fileno=connection.fileno())
    duplicate.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    duplicate.detach()
    connection.close()


@pytest.mark.thimble
def test_many_callers_are_served_at_once(with_engine, engine):
    callers = [begin(with_engine, b"GET", GET + b"?n=%d" % n) for n in range(20)]
    visits = [engine.accept() for _ in callers]
    for visit in reversed(visits):
        line, _ = visit.head()
        visit.answer(body=line.split(b"?n=")[1].split(b" ")[0])
    assert [caller.reply(to=b"GET").body for caller in callers] == [b"%d" % n for n in range(20)]
    for caller in callers:
        caller.close()


@pytest.mark.thimble
def test_invocations_go_on_meanwhile(start, engine):
    emulator = start("--durable-endpoint", engine.url)
    with begin(emulator, b"GET", GET) as caller:
        visit = engine.accept()
        assert emulator.invoke(do(["respond", "1"]), INVOKE).body == b"1"
        visit.answer(body=b"late")
        assert caller.reply(to=b"GET").body == b"late"


@pytest.mark.thimble
def test_an_emulator_that_ends_closes_its_connections(with_engine, engine):
    with begin(with_engine, b"GET", GET):
        visit = engine.accept()
        visit.head()
        with_engine.stop()
        visit.wait_for_end()


@pytest.mark.thimble
def test_an_endpoint_that_is_the_emulator_itself_does_not_turn_in_circles(start):
    invoke_port, runtime_port = free_ports(2)
    emulator = start(
        "--durable-endpoint", f"http://127.0.0.1:{invoke_port}", command=PUPPET, ports=(invoke_port, runtime_port)
    )
    with begin(emulator, b"GET", GET) as caller:
        reply = caller.reply(to=b"GET")
    assert reply.status == 502
    assert reply.json()["Message"] == "The durable endpoint is this emulator itself"


# --- web pages --------------------------------------------------------------------------------------------------------


@pytest.mark.thimble
@pytest.mark.parametrize("headers", [[(b"Origin", b"http://evil.example")], [(b"Sec-Fetch-Site", b"cross-site")]])
@pytest.mark.parametrize(("method", "body"), [(b"GET", None), (b"POST", b"{}")])
def test_a_foreign_page_does_not_reach_the_engine(with_engine, engine, headers, method, body):
    with begin(with_engine, method, GET, body, headers) as caller:
        assert caller.reply(to=method).status == 403
    assert not engine.was_visited()


@pytest.mark.thimble
def test_a_page_of_ours_may_ask_and_read(with_engine, engine):
    origin = (b"Origin", b"http://localhost:3000")
    preflight = [origin, (b"Access-Control-Request-Method", b"DELETE"), (b"Access-Control-Request-Headers", b"x-a")]
    with begin(with_engine, b"OPTIONS", GET, headers=preflight) as caller:
        reply = caller.reply(to=b"OPTIONS")
        assert reply.status == 204
        assert "DELETE" in reply.header("Access-Control-Allow-Methods")
        caller.send(request(b"DELETE", GET, headers=[origin]))
        engine.accept().answer(headers=[(b"Access-Control-Allow-Origin", b"http://elsewhere.example")])
        reply = caller.reply(to=b"DELETE")
        assert reply.status == 200
        assert reply.header("Access-Control-Allow-Origin") == "http://localhost:3000"


# --- the flag ---------------------------------------------------------------------------------------------------------


@pytest.mark.thimble
@pytest.mark.parametrize(
    "value", ["engine:80", "https://engine:443", "http://engine", "http://127.0.0.1:80/path", "http://127.0.0.1:0"]
)
def test_a_bad_endpoint_is_refused_in_one_line(tmp_path, value):
    invoke_port, runtime_port = free_ports(2)
    refusal = run(tmp_path, "--durable-endpoint", value, *PUPPET, ports=(invoke_port, runtime_port))
    refusal.assert_one_line(b"--durable-endpoint", value.encode())


@pytest.mark.thimble
def test_a_host_that_nobody_knows_is_refused_in_one_line(tmp_path):
    invoke_port, runtime_port = free_ports(2)
    addresses = (
        f"--runtime-interface-emulator-address=127.0.0.1:{invoke_port}",
        f"--runtime-api-address=127.0.0.1:{runtime_port}",
    )
    environment = {"THIMBLE_DURABLE_ENDPOINT": "http://nobody..invalid:9014"}
    refusal = run(tmp_path, *addresses, *PUPPET, environment=environment, ports=(invoke_port, runtime_port))
    refusal.assert_one_line(b"durable endpoint: nobody..invalid:9014: ")


@pytest.mark.thimble
def test_an_endpoint_may_have_a_name(start, engine):
    emulator = start(command=PUPPET, environment={"THIMBLE_DURABLE_ENDPOINT": f"http://localhost:{engine.port}/"})
    with begin(emulator, b"GET", GET) as caller:
        visit = engine.accept()
        assert visit.head()[1][0] == (b"Host", b"localhost:%d" % engine.port)
        visit.answer(body=json.dumps({"Status": "RUNNING"}).encode())
        assert caller.reply(to=b"GET").json() == {"Status": "RUNNING"}
