"""Answers in pieces."""

import json
import select

import pytest

from runtime_api import ACCEPTED, ID, answer, event
from support.waiting import wait_until


@pytest.fixture
def stream(connect):
    return connect(HANDLER="stream")


def begin(peer, steps):
    """One streaming invocation, until the head of its post, which is returned."""
    peer.expect_next()
    peer.send(event(steps))
    return peer.read_head()


def test_the_bytes_of_a_stream(stream, api):
    _, peer = stream
    peer.expect_next()
    peer.send(event("w hällo;w  world".encode(), ID, "Lambda-Runtime-Invocation-Id: 42"))
    head = peer.read_head()
    agent = head.split(b"User-Agent: ")[1].split(b"\r\n")[0]
    assert head == (
        b"POST /2018-06-01/runtime/invocation/8476a536-e9f4-11e8-9739-2dfe598c3fcd/response HTTP/1.1\r\n"
        + b"Host: %s\r\nUser-Agent: %s\r\n" % (api.address.encode(), agent)
        + b"Lambda-Runtime-Invocation-Id: 42\r\n"
        + b"Content-Type: application/octet-stream\r\n"
        + b"Lambda-Runtime-Function-Response-Mode: streaming\r\n"
        + b"Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n"
        + b"Transfer-Encoding: chunked\r\n\r\n"
    )
    rest = b"6\r\nh\xc3\xa4llo\r\n6\r\n world\r\n0\r\n\r\n"
    assert peer.read_bytes(len(rest)) == rest
    peer.send(ACCEPTED)
    peer.expect_next()


def test_a_piece_is_sent_when_it_is_written(stream):
    program, peer = stream
    gate = program.folder / "gate"
    begin(peer, b"w first;wait_for %s;w second" % str(gate).encode())
    assert peer.read_chunk() == b"first"
    assert not select.select([peer.socket], [], [], 0.05)[0]
    gate.touch()
    assert (peer.read_chunk(), peer.read_chunk()) == (b"second", None)


def test_an_empty_piece_does_not_end_the_stream(stream):
    _, peer = stream
    post = peer.invoke(b"w ;w a;w ;w b;w ")
    assert post.chunks == [b"a", b"b"]


@pytest.mark.parametrize("steps", [b"", b"w ", b"flush"])
def test_an_empty_stream(stream, steps):
    _, peer = stream
    post = peer.invoke(steps)
    assert post.headers["Content-Type"] == "application/octet-stream"
    assert (post.chunks, post.trailers) == ([], b"")
    assert peer.invoke(b"w then").body == b"then"


def test_the_context_is_there_until_the_handler_returns(stream):
    program, peer = stream
    gate = program.folder / "gate"
    steps = b"w begun;wait_for %s;context" % str(gate).encode()
    peer.expect_next()
    peer.send(event(steps, ID, "Lambda-Runtime-Aws-Tenant-Id: blue"))
    peer.read_head()
    assert peer.read_chunk() == b"begun"
    gate.touch()
    assert b"tenant_id=blue\n" in peer.read_chunk()


HEAD = (
    b'{"statusCode":201,"headers":{"Content-Type":"text/html","X-Quote":"\\"\\r\\n"},"cookies":["a=b","c=d"]}'
    + b"\0" * 8
)


@pytest.mark.parametrize("steps, chunks", [(b"head;w body", [HEAD, b"body"]), (b"head", [HEAD]), (b"head;w ", [HEAD])])
def test_the_head_of_an_http_response(stream, steps, chunks):
    _, peer = stream
    post = peer.invoke(steps)
    assert post.headers["Content-Type"] == "application/vnd.awslambda.http-integration-response"
    assert post.chunks == chunks
    assert json.loads(post.chunks[0][:-8])["headers"]["X-Quote"] == '"\r\n'


def test_a_content_type_of_the_handler_s(stream):
    _, peer = stream
    assert peer.invoke(b"type text/event-stream;w data").headers["Content-Type"] == "text/event-stream"
    assert peer.invoke(b"w data").headers["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize("steps", [b"type split;w data", b"type split", b"type split;flush"])
def test_a_content_type_with_a_line_end_is_an_error(stream, steps):
    _, peer = stream
    post = peer.invoke(steps)
    assert post.line.endswith("/error HTTP/1.1")
    assert "X" not in post.headers
    assert peer.invoke(b"w then").body == b"then"


def test_many_large_pieces(stream):
    _, peer = stream
    post = peer.invoke(b"large 200 100000")
    assert post.chunks == [b"x" * 100_000] * 200


def test_a_write_waits_for_who_does_not_read(stream):
    program, peer = stream
    begin(peer, b"large 400 100000;w end;say all is written")
    peer.wait_until_stuck()
    assert program.stdout == b""
    total, last = 0, None
    while (chunk := peer.read_chunk()) is not None:
        total, last = total + len(chunk), chunk
    assert (total, last) == (40_000_003, b"end")
    assert peer.read_trailers() == b""
    peer.send(ACCEPTED)
    assert peer.invoke(b"w then").body == b"then"
    assert program.stderr == b"" and program.stdout == b"all is written\n"


def test_a_caller_that_has_gone(stream, api):
    """The Runtime API resets; every further write fails, and the next invocation is served."""
    program, peer = stream
    begin(peer, b"large 1000 100000")
    peer.read_chunk()
    peer.reset()
    assert api.accept().invoke(b"w then").body == b"then"
    assert program.stdout.startswith(b"write failed: ")
    assert b"send a piece of the response: " in program.stderr


def test_a_caller_that_has_gone_before_the_first_byte(stream, api):
    """The connection has ended while the handler was thinking: the stream begins on another."""
    program, peer = stream
    gate = program.folder / "gate"
    peer.expect_next()
    peer.send(event(b"wait_for %s;w here" % str(gate).encode()))
    peer.close()
    gate.touch()
    peer = api.accept()
    peer.read_head()
    assert (peer.read_chunk(), peer.read_chunk()) == (b"here", None)


@pytest.mark.parametrize("status, code", [(413, None), (500, 1)])
def test_a_stream_refused_at_its_end(stream, status, code):
    program, peer = stream
    begin(peer, b"w here")
    assert (peer.read_chunk(), peer.read_chunk(), peer.read_trailers()) == (b"here", None, b"")
    peer.send(answer(status, b"no"))
    if code is None:
        assert peer.invoke(b"w then").body == b"then"
    else:
        assert program.code() == code
    (line,) = program.stderr.splitlines()
    assert line.split(b"\t")[2:] == [ID.encode(), b"end the response: %d no" % status]


def test_a_stream_refused_early_by_who_does_not_read(stream, api):
    program, peer = stream
    begin(peer, b"large 1000 100000")
    peer.read_chunk()
    peer.send(answer(413, b"too large"))
    # It is told after a second in which nothing could be written.
    assert api.accept().invoke(b"w then").body == b"then"
    program.wait_for_stdout(b"write failed: send a piece of the response: it was answered before its end")
    assert b"413" in program.stderr


def test_a_stream_that_broke_off_is_not_followed_on_its_connection(stream, api):
    """Who answers early and then reads on has the half of a chunk: what followed would be the other half."""
    program, peer = stream
    begin(peer, b"large 1000 100000")
    peer.send(answer(413, b"too large"))
    program.wait_for_stdout(b"write failed")
    # However it was split; and counted, as a failure would else print the megabytes.
    assert peer.read_rest().count(b"GET /2018-06-01") == 0
    assert api.accept().invoke(b"w then").body == b"then"


def test_an_error_after_a_refusal(stream, api):
    program, peer = stream
    begin(peer, b"w here;fail App.Error no")
    peer.send(answer(413, b"no", "Connection: close"))
    peer.close()
    assert api.accept().invoke(b"w then").body == b"then"
    wait_until(lambda: b"App.Error: no" in program.stderr, "the error to be logged")
