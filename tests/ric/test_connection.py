"""A Runtime API, and a connection to it, that misbehaves."""

import socket

import pytest

from runtime_api import ACCEPTED, ID, answer, event
from support.waiting import Deadline

LARGE = b"large 6000000"


def test_an_answer_split_anywhere(connect):
    _, peer = connect(HANDLER="echo")
    whole = event(b"hello")
    for at in range(1, len(whole)):
        peer.expect_next()
        peer.send_slowly(whole, [at])
        assert peer.expect_response().body == b"hello"
        peer.send(ACCEPTED)


def test_an_answer_byte_by_byte(connect):
    _, peer = connect()
    for _ in range(3):
        peer.expect_next()
        whole = event(b"hello")
        peer.send_slowly(whole, [1] * len(whole))
        assert peer.expect_response().body == b"hello"
        peer.send_slowly(ACCEPTED, [1] * len(ACCEPTED))


def test_a_chunked_event(connect):
    _, peer = connect()
    peer.expect_next()
    head = b"HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
    peer.send_slowly(head + b"5;x\r\nhello\r\n1\r\n!\r\n0\r\nT: u\r\n\r\n", [len(head) - 1, 3, 2, 4, 1])
    assert peer.expect_response("1").body == b"hello!"
    peer.send(b"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
    peer.expect_next()


def test_an_event_until_the_end_of_the_connection(connect, api):
    _, peer = connect()
    peer.expect_next()
    peer.send(b"HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: 1\r\n\r\nhello")
    peer.close()
    assert api.accept().expect_response("1").body == b"hello"


def test_a_connection_that_is_not_kept_alive(connect, api):
    _, peer = connect()
    for number in range(3):
        peer.expect_next()
        peer.send(event(b"hello", str(number), "Connection: close"))
        peer.expect_end()
        peer = api.accept()
        peer.expect_response(str(number))
        peer.send(answer(202, b"", "Connection: close"))
        peer.expect_end()
        peer = api.accept()
    peer.expect_next()


def test_a_connection_closed_between_two_calls_is_replaced(connect, api):
    program, peer = connect()
    for _ in range(3):
        peer.invoke(b"hello")
        peer.expect_next()
        peer.close()  # unanswered, while the runtime waits
        peer = api.accept()
    peer.expect_next()
    peer.send(event(b"wait_for " + str(program.folder / "go").encode()))
    peer.close()  # answered, while the handler runs
    (program.folder / "go").touch()
    peer = api.accept()
    assert peer.expect_response().body.startswith(b"wait_for")
    peer.send(ACCEPTED)
    peer.expect_next()
    assert program.stderr == b""


def test_a_connection_reset_between_two_calls_is_replaced(connect, api):
    program, peer = connect()
    peer.invoke(b"hello")
    peer.expect_next()
    peer.reset()
    assert api.accept().invoke(b"again").body == b"again"
    assert program.stderr == b""


@pytest.mark.parametrize("status", [400, 403, 413])
@pytest.mark.parametrize("call, event_", [("response", b"{}"), ("error", b"fail App.Error no")])
def test_a_post_that_is_refused_is_logged_and_the_next_invocation_follows(connect, api, status, call, event_):
    program, peer = connect()
    peer.expect_next()
    peer.send(event(event_))
    assert peer.read().line.endswith(f"/{call} HTTP/1.1")
    reason = b'{"errorMessage":"no %s","errorType":"No"}' % (b"and no" * 100)
    peer.send(answer(status, reason))
    assert peer.invoke(b"then", request_id="2").body == b"then"
    line = program.stderr.splitlines()[-1]
    # With the invocation's own request id, and shortened.
    assert line.startswith(b"[ERROR]\t")
    assert line.split(b"\t")[2:] == [ID.encode(), b"post the %s: %d " % (call.encode(), status) + reason[:200]]


@pytest.mark.parametrize("call, event_", [("response", b"{}"), ("error", b"fail App.Error no")])
def test_a_post_answered_with_500_ends_the_program_at_once(connect, api, call, event_):
    program, peer = connect()
    peer.expect_next()
    peer.send(event(event_))
    peer.read()
    peer.send(answer(500, b'{"errorMessage":"over","errorType":"Over"}'))
    assert program.code() == 1
    peer.expect_end()
    assert api.no_connection()
    assert b"post the %s: 500 " % call.encode() in program.stderr


def test_next_answered_with_500_ends_the_program_at_once(connect, api):
    program, peer = connect()
    peer.invoke(b"{}")
    peer.expect_next()
    peer.send(answer(500, b"over"))
    assert program.code() == 1
    peer.expect_end()
    assert api.no_connection()
    assert b"get the next invocation: 500 over" in program.stderr


def test_next_refused_is_asked_again_and_not_for_ever(connect):
    program, peer = connect()
    peer.invoke(b"{}")
    for _ in range(3):
        peer.expect_next()
        peer.send(answer(403, b"not now"))
    # Then it works, and the count begins anew.
    assert peer.invoke(b"yes").body == b"yes"
    for _ in range(5):
        peer.expect_next()
        peer.send(answer(403, b"no more"))
    assert program.code() == 1
    peer.expect_end()
    assert program.stderr.count(b"get the next invocation: 403 no") == 8


@pytest.mark.parametrize(
    "bytes_",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",  # without a request id
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: 1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: 1\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n",
    ],
)
def test_an_answer_to_next_that_makes_no_sense(connect, api, bytes_):
    program, peer = connect()
    peer.expect_next()
    peer.send(bytes_)
    if b"Content-Length: 2\r\n\r\n" not in bytes_ or b"Length: 1" in bytes_:
        peer.expect_end()
        peer = api.accept()
    assert peer.invoke(b"yes").body == b"yes"
    assert program.stderr.count(b"get the next invocation: ") == 1


def test_an_answer_to_next_that_is_cut_off(connect, api):
    program, peer = connect()
    for cut in (10, 60, -1):
        peer.expect_next()
        peer.send(event(b"hello")[:cut])
        peer.close()
        peer = api.accept()
    assert peer.invoke(b"yes").body == b"yes"
    assert program.stderr.count(b"get the next invocation: ") == 3


def test_a_runtime_api_that_is_not_there_is_not_waited_for_for_ever(run, api):
    api.stop_listening()
    program = run(AWS_LAMBDA_RUNTIME_API=api.address)
    assert program.code() == 1
    assert program.stderr.count(b"get the next invocation: connect to '127.0.0.1:") == 5


def test_a_runtime_api_that_comes_late_is_found(run):
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", 0))
        program = run(AWS_LAMBDA_RUNTIME_API="127.0.0.1:%d" % listener.getsockname()[1])
        program.wait_for_stderr(rb"connect to")
        listener.listen()
        listener.settimeout(Deadline.seconds)
        connection, _ = listener.accept()
        connection.close()


def test_a_runtime_api_that_goes_away(connect, api):
    program, peer = connect()
    peer.invoke(b"{}")
    peer.expect_next()
    api.stop_listening()
    peer.close()
    assert program.code() == 1


@pytest.mark.parametrize("address", ["", "127.0.0.1", "127.0.0.1:", ":80", "127.0.0.1:0", "127.0.0.1:65536", "http://a:1"])
def test_an_address_that_is_none(run, address):
    program = run(AWS_LAMBDA_RUNTIME_API=address)
    assert program.code() == 2
    assert program.stderr.count(b"\n") == 1 and b"AWS_LAMBDA_RUNTIME_API" in program.stderr


def test_an_address_by_name(run, api):
    program = run(AWS_LAMBDA_RUNTIME_API=f"localhost:{api.port}")
    peer = api.accept()
    assert peer.expect_next().headers["Host"] == f"localhost:{api.port}"
    assert program.is_running()


# --- a large answer ---------------------------------------------------------------------------------------------------


def refuse_early(peer, read):
    """Answers 413 when `read` bytes of the body have come."""
    peer.expect_next()
    peer.send(event(LARGE))
    peer.read_head()
    peer.read_bytes(read)
    peer.send(answer(413, b"too large", "Connection: close"))


@pytest.mark.parametrize("read", [0, 100_000])
def test_a_large_answer_refused_before_its_end(connect, api, read):
    """By who reads no more of it and keeps the connection open."""
    program, peer = connect()
    refuse_early(peer, read)
    assert api.accept().invoke(b"then").body == b"then"
    assert b"post the response: 413 too large" in program.stderr
    assert program.is_running()


def test_a_large_answer_refused_before_its_end_by_who_reads_on(connect, api):
    program, peer = connect()
    refuse_early(peer, 0)
    peer.read_bytes(6_000_000)
    peer.expect_end()
    assert api.accept().invoke(b"then").body == b"then"
    assert b"post the response: 413 too large" in program.stderr


def test_a_large_answer_refused_after_its_end(connect):
    program, peer = connect()
    peer.expect_next()
    peer.send(event(LARGE))
    assert len(peer.expect_response().body) == 6_000_000
    peer.send(answer(413, b"too large"))
    assert peer.invoke(b"then").body == b"then"
    assert b"post the response: 413 too large" in program.stderr


def test_a_reset_in_the_middle_of_a_large_answer(connect, api):
    """On a connection that was used before: the post is sent once more, whole. Then it is given up."""
    program, peer = connect()
    peer.expect_next()
    peer.send(event(LARGE))
    peer.read_head()
    peer.read_bytes(100_000)
    peer.reset()
    peer = api.accept()
    assert len(peer.expect_response().body) == 6_000_000
    peer.reset()
    assert api.accept().invoke(b"then").body == b"then"
    assert program.stderr.count(b"post the response: ") == 1


def test_an_echo_that_is_sent_twice_is_the_same_twice(connect, api):
    """The body is in the memory that answers are read into."""
    _, peer = connect(HANDLER="echo")
    body = bytes(range(256)) * 4096
    peer.expect_next()
    peer.send(event(body))
    assert peer.expect_response().body == body
    peer.close()
    peer = api.accept()
    assert peer.expect_response().body == body
    peer.send(ACCEPTED)
    peer.expect_next()


def test_what_was_answered_in_part_is_not_sent_twice(connect, api):
    for beginning in (b"H", b"HTTP/1.1 100 Continue\r\n\r\n", ACCEPTED[:-1]):
        program, peer = connect(HANDLER="echo")
        peer.expect_next()
        peer.send(event(b"x" * 1000))
        peer.expect_response()
        peer.send(beginning)
        peer.close()
        api.accept().expect_next()
        assert program.stderr.count(b"post the response: ") == 1


def test_bytes_after_an_answer_are_not_the_next_answer(connect, api):
    """Who is answered before asking is not answered: a second answer to one post would else be an invocation."""
    program, peer = connect()
    peer.expect_next()
    peer.send(event(b"hello"))
    peer.expect_response()
    peer.send(ACCEPTED + event(b"never asked for", "stray"))
    peer.expect_end()
    assert api.accept().invoke(b"then").body == b"then"
    assert program.stderr == b""


def test_interim_answers_are_passed_over(connect):
    _, peer = connect()
    peer.expect_next()
    peer.send(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + event(b"hello"))
    assert peer.expect_response().body == b"hello"
    peer.send(b"HTTP/1.1 100 Continue\r\n\r\n" + ACCEPTED)
    peer.expect_next()


def test_writing_waits_for_who_reads_slowly(connect):
    """For longer than the second after which it looks whether it was answered."""
    program, peer = connect()
    peer.expect_next()
    peer.send(event(LARGE))
    peer.read_head()
    peer.wait_until_stuck()
    assert peer.read_bytes(6_000_000) == b"x" * 6_000_000
    peer.send(ACCEPTED)
    assert peer.invoke(b"then").body == b"then"
    assert program.stderr == b""
