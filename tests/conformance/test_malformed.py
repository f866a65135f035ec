"""Requests that break the protocol: refused with a 4xx and a closed connection, on both ports, and never run."""

import pytest

from support.emulator import INVOKE, do
from support.http1 import Connection, request

PORTS = pytest.mark.parametrize("port", ["invoke", "runtime"])
LINE = {
    "invoke": b"POST /2015-03-31/functions/function/invocations HTTP/1.1\r\n",
    "runtime": b"POST /2018-06-01/runtime/invocation/x/response HTTP/1.1\r\n",
}
HOST = b"Host: localhost\r\n"


def exchange(emulator, port, data):
    """Sends the bytes and returns the reply; asserts that the connection is closed after it."""
    with Connection(getattr(emulator, port + "_port")) as connection:
        connection.send(data)
        reply = connection.reply()
        connection.assert_closed()
    return reply


def assert_refused(emulator, port, data, status=400):
    reply = exchange(emulator, port, data)
    assert reply.status == status, reply
    assert emulator.starts() == []


kept, fixed = pytest.mark.kept, pytest.mark.fixed

# What follows the request line, complete.
BAD_HEADS = [
    pytest.param(
        HOST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", marks=fixed, id="length-and-coding"
    ),
    pytest.param(
        HOST + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n", marks=fixed, id="coding-and-length"
    ),
    pytest.param(HOST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", marks=fixed, id="the-same-length-twice"),
    pytest.param(HOST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x", marks=kept, id="two-lengths"),
    pytest.param(HOST + b"Content-Length: 2, 2\r\n\r\n{}", marks=kept, id="a-list-of-lengths"),
    pytest.param(HOST + b"Content-Length: -2\r\n\r\n{}", marks=kept, id="a-negative-length"),
    pytest.param(HOST + b"Content-Length: +2\r\n\r\n{}", marks=kept, id="a-length-with-a-plus"),
    pytest.param(HOST + b"Content-Length: 0x2\r\n\r\n{}", marks=kept, id="a-hexadecimal-length"),
    pytest.param(HOST + b"Content-Length: 2 \t3\r\n\r\n{}", marks=kept, id="a-length-of-two-words"),
    pytest.param(HOST + b"Content-Length: two\r\n\r\n{}", marks=kept, id="a-length-in-letters"),
    pytest.param(HOST + b"Content-Length: \r\n\r\n{}", marks=kept, id="an-empty-length"),
    pytest.param(HOST + b"Content-Length: 99999999999999999999999\r\n\r\n{}", marks=kept, id="a-length-past-64-bits"),
    pytest.param(
        HOST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        marks=fixed,
        id="two-codings",
    ),
    pytest.param(HOST + b"X-Folded: a\r\n b\r\nContent-Length: 2\r\n\r\n{}", marks=fixed, id="a-folded-line"),
    pytest.param(HOST + b"Content-Length: 2\r\n\tX\r\n\r\n{}", marks=kept, id="a-folded-length"),
    pytest.param(b" " + HOST + b"Content-Length: 2\r\n\r\n{}", marks=kept, id="a-folded-first-line"),
    pytest.param(HOST + b"X-Bare: a\rb\r\nContent-Length: 2\r\n\r\n{}", marks=kept, id="a-bare-carriage-return"),
    pytest.param(HOST + b"X-Bare: a\nContent-Length: 2\r\n\r\n{}", marks=fixed, id="a-bare-line-feed"),
    pytest.param(HOST.replace(b"\r", b"") + b"Content-Length: 2\n\n{}", marks=fixed, id="bare-line-feeds"),
    pytest.param(HOST + b"Content-Length: 2\r\n\n{}", marks=fixed, id="a-bare-line-feed-at-the-end"),
    pytest.param(HOST + b"X-Nul: a\0b\r\nContent-Length: 2\r\n\r\n{}", marks=kept, id="a-nul-in-a-value"),
    pytest.param(HOST + b"X-N\0ul: a\r\nContent-Length: 2\r\n\r\n{}", marks=kept, id="a-nul-in-a-name"),
    pytest.param(HOST + b"Content-Length : 2\r\n\r\n{}", marks=kept, id="a-space-before-the-colon"),
    pytest.param(HOST + b"X Y: 2\r\nContent-Length: 2\r\n\r\n{}", marks=kept, id="a-space-in-a-name"),
    pytest.param(HOST + b": empty\r\nContent-Length: 2\r\n\r\n{}", marks=kept, id="an-empty-name"),
    pytest.param(HOST + b"no colon\r\nContent-Length: 2\r\n\r\n{}", marks=kept, id="a-line-without-a-colon"),
    pytest.param(b"Content-Length: 2\r\n\r\n{}", marks=kept, id="no-host"),
    pytest.param(HOST + HOST + b"Content-Length: 2\r\n\r\n{}", marks=kept, id="two-hosts"),
]


@PORTS
@pytest.mark.parametrize("rest", BAD_HEADS)
def test_a_malformed_head_is_refused(emulator, port, rest):
    assert_refused(emulator, port, LINE[port] + rest)


@PORTS
@kept
@pytest.mark.parametrize("coding", [b"gzip", b"xchunked", b"identity", b"gzip, chunked", b"chunked, chunked"])
def test_an_unknown_transfer_coding_is_refused(emulator, port, coding):
    reply = exchange(emulator, port, LINE[port] + HOST + b"Transfer-Encoding: " + coding + b"\r\n\r\n0\r\n\r\n")
    assert reply.status in (400, 501)
    assert emulator.starts() == []


BAD_LINES = [
    pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(60) + b"\r\n\r\n", marks=kept, id="tls-hello"),
    pytest.param(b"garbage\r\n\r\n", marks=kept, id="one-word"),
    pytest.param(b"\xff\xfe\xfd\xfc\r\n\r\n", marks=kept, id="bytes"),
    pytest.param(b"GET /\r\nHost: a\r\n\r\n", marks=kept, id="no-version"),
    pytest.param(b"GET / HTTP/1.1 more\r\nHost: a\r\n\r\n", marks=kept, id="four-words"),
    pytest.param(b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", marks=kept, id="two-spaces"),
    pytest.param(b"GET / HTTP/1.x\r\nHost: a\r\n\r\n", marks=kept, id="a-letter-in-the-version"),
    pytest.param(b"GET / HTTP/1\r\nHost: a\r\n\r\n", marks=kept, id="half-a-version"),
    pytest.param(b"GET / http/1.1\r\nHost: a\r\n\r\n", marks=kept, id="a-small-http"),
    pytest.param(b"GET / ICE/1.1\r\nHost: a\r\n\r\n", marks=kept, id="another-protocol"),
    pytest.param(b"GE(T / HTTP/1.1\r\nHost: a\r\n\r\n", marks=kept, id="a-bracket-in-the-method"),
    pytest.param(b"GET /a\x00b HTTP/1.1\r\nHost: a\r\n\r\n", marks=kept, id="a-nul-in-the-path"),
    pytest.param(b"GET /\x7f HTTP/1.1\r\nHost: a\r\n\r\n", marks=kept, id="a-delete-in-the-path"),
    pytest.param(b"GET nowhere HTTP/1.1\r\nHost: a\r\n\r\n", marks=kept, id="a-relative-path"),
    pytest.param(b"GET / HTTP/1.1\rHost: a\r\r", marks=kept, id="carriage-returns-only"),
]


@PORTS
@pytest.mark.parametrize("data", BAD_LINES)
def test_a_malformed_request_line_is_refused(emulator, port, data):
    with Connection(getattr(emulator, port + "_port")) as connection:
        connection.send(data).end_of_requests()
        reply = connection.reply(to=b"GET")
        connection.assert_closed()
    assert reply.status == 400, reply


@PORTS
@pytest.mark.parametrize(
    "version",
    [
        pytest.param(b"HTTP/2.0", marks=kept),
        pytest.param(b"HTTP/3.0", marks=kept),
        pytest.param(b"HTTP/0.9", marks=kept),
        pytest.param(b"HTTP/1.2", marks=fixed),
    ],
)
def test_another_version_of_http_is_refused(emulator, port, version):
    reply = exchange(
        emulator, port, b"POST " + INVOKE + b" " + version + b"\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"
    )
    assert reply.status in (400, 505)
    assert emulator.starts() == []


@pytest.mark.parametrize("port", [pytest.param("invoke", marks=kept), pytest.param("runtime", marks=fixed)])
def test_the_preface_of_http_2_is_refused(emulator, port):
    with Connection(getattr(emulator, port + "_port")) as connection:
        connection.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        reply = connection.reply(to=b"GET")
        connection.assert_closed()
    assert reply.status in (400, 505)


BAD_CHUNKS = [
    pytest.param(b"zz\r\n{}\r\n0\r\n\r\n", id="a-size-that-is-none"),
    pytest.param(b"\r\n{}\r\n0\r\n\r\n", id="no-size"),
    pytest.param(b"-2\r\n{}\r\n0\r\n\r\n", id="a-negative-size"),
    pytest.param(b"+2\r\n{}\r\n0\r\n\r\n", id="a-size-with-a-plus"),
    pytest.param(b"0x2\r\n{}\r\n0\r\n\r\n", id="a-size-with-0x"),
    pytest.param(b"fffffffffffffffff\r\n{}\r\n0\r\n\r\n", id="a-size-past-64-bits"),
    pytest.param(b"2\r\n{}xx0\r\n\r\n", id="more-than-the-size"),
    pytest.param(b"2\r\n{}\n0\r\n\r\n", id="a-bare-line-feed-after-the-chunk"),
    pytest.param(b"2\n{}\r\n0\r\n\r\n", id="a-bare-line-feed-after-the-size"),
    pytest.param(b"2;a=b\nc\r\n{}\r\n0\r\n\r\n", id="a-bare-line-feed-in-the-extension"),
    pytest.param(b"2;a=b\x00c\r\n{}\r\n0\r\n\r\n", id="a-nul-in-the-extension"),
]


@pytest.mark.fixed
@pytest.mark.parametrize("body", BAD_CHUNKS)
def test_a_malformed_chunk_is_refused(emulator, body):
    assert_refused(emulator, "invoke", LINE["invoke"] + HOST + b"Transfer-Encoding: chunked\r\n\r\n" + body)


@pytest.mark.fixed
@pytest.mark.parametrize("body", BAD_CHUNKS)
def test_a_malformed_chunk_in_a_response_is_refused_and_the_response_can_be_repeated(begin_as_runtime, body):
    _, caller, runtime = begin_as_runtime()
    request_id = runtime.next_id()
    path = b"/2018-06-01/runtime/invocation/" + request_id + b"/response"
    runtime.connection.send(b"POST " + path + b" HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
    assert runtime.connection.reply().status == 400
    runtime.connection.assert_closed()
    runtime.reconnect()
    assert runtime.respond(request_id, b"[1]").status == 202
    assert caller.reply().body == b"[1]"


@PORTS
@pytest.mark.fixed
def test_a_head_over_32_kib_is_refused(emulator, port):
    filler = b"".join(b"X-%d: %s\r\n" % (number, b"v" * 1000) for number in range(33))
    assert_refused(emulator, port, LINE[port] + HOST + filler + b"Content-Length: 2\r\n\r\n{}", 431)


@PORTS
@pytest.mark.fixed
def test_a_head_of_one_endless_line_is_refused(emulator, port):
    assert_refused(emulator, port, LINE[port] + HOST + b"X: " + b"v" * 100_000, 431)


@PORTS
@pytest.mark.fixed
def test_an_endless_path_is_refused(emulator, port):
    reply = exchange(emulator, port, b"POST /" + b"p" * 100_000)
    assert reply.status in (414, 431)


@PORTS
@pytest.mark.fixed
def test_more_than_100_headers_are_refused(emulator, port):
    filler = b"".join(b"X-%d: v\r\n" % number for number in range(99))
    assert_refused(emulator, port, LINE[port] + HOST + filler + b"Content-Length: 2\r\n\r\n{}", 431)


@pytest.mark.kept
def test_100_headers_and_a_head_of_nearly_32_kib_are_accepted(emulator):
    filler = b"".join(b"X-%d: %s\r\n" % (number, b"v" * 310) for number in range(98))
    data = LINE["invoke"] + HOST + filler + b"Content-Length: 2\r\n\r\n"
    assert 30_000 < len(data) < 32_768
    with emulator.connect() as connection:
        connection.send(data + b"{}")
        assert connection.reply().body == b"{}"


@pytest.mark.fixed
def test_the_limits_of_a_head_can_be_set(start):
    emulator = start(environment={"THIMBLE_MAX_HEAD_BYTES": "2000", "THIMBLE_MAX_HEADERS": "10"})
    assert emulator.invoke(b"1").body == b"1"
    many = LINE["invoke"] + HOST + b"X: y\r\n" * 9 + b"Content-Length: 2\r\n\r\n{}"
    assert exchange(emulator, "invoke", many).status == 431
    large = LINE["invoke"] + HOST + b"X: " + b"y" * 2000 + b"\r\nContent-Length: 2\r\n\r\n{}"
    assert exchange(emulator, "invoke", large).status == 431


@pytest.mark.kept
def test_a_body_that_ends_early_is_never_run(emulator):
    with emulator.connect() as connection:
        connection.send(LINE["invoke"] + HOST + b"Content-Length: 100\r\n\r\n" + do(["respond", "1"])).end_of_requests()
        connection.rest()
    assert emulator.invoke(b"2").body == b"2"
    assert len(emulator.notes()) == 1


@pytest.mark.kept
def test_a_chunked_body_that_ends_early_is_never_run(emulator):
    with emulator.connect() as connection:
        connection.send(LINE["invoke"] + HOST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n").end_of_requests()
        connection.rest()
    assert emulator.invoke(b"2").body == b"2"
    assert len(emulator.notes()) == 1


@pytest.mark.fixed
def test_what_is_smuggled_behind_a_length_and_a_coding_is_never_run(emulator):
    inner = request(b"POST", INVOKE, b"smuggled")
    data = LINE["invoke"] + HOST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + inner
    assert_refused(emulator, "invoke", data)


@pytest.mark.kept
def test_malformed_requests_do_no_harm_to_good_ones(emulator):
    good = emulator.connect()
    for number in range(50):
        with emulator.connect() as bad:
            bad.send(b"\x00garbage\r\n\r\n")
            bad.rest()
        good.send(request(b"POST", INVOKE, b"%d" % number))
        assert good.reply().body == b"%d" % number
    good.close()


@pytest.mark.kept
@pytest.mark.parametrize("status_line_only", [b"POST " + INVOKE + b"?q=%00 HTTP/1.1\r\n", LINE["invoke"]])
@pytest.mark.parametrize(
    "header",
    [
        b"X-Empty:\r\n",
        b"X-Tabs:\t a \t\r\n",
        b"X-Latin: \xe9\r\n",
        b"content-TYPE: text/plain\r\n",
        b"X!#$%&'*+-.^_`|~: 1\r\n",
    ],
)
def test_what_is_unusual_but_correct_is_accepted(emulator, status_line_only, header):
    with emulator.connect() as connection:
        connection.send(status_line_only + b"hOsT: localhost\r\n" + header + b"cOnTeNt-LeNgTh: 002\r\n\r\n{}")
        reply = connection.reply()
    assert (reply.status, reply.body) == (200, b"{}")


@pytest.mark.kept
def test_an_absolute_request_target_is_accepted(emulator):
    with emulator.connect() as connection:
        connection.send(
            b"POST http://localhost" + INVOKE + b" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n1"
        )
        assert connection.reply().body == b"1"


@pytest.mark.kept
def test_an_empty_line_before_a_request_is_read_over_or_refused(emulator):
    with emulator.connect() as connection:
        connection.send(b"\r\n" + LINE["invoke"] + HOST + b"Content-Length: 1\r\n\r\n1")
        reply = connection.reply()
    assert reply.status in (200, 400)
