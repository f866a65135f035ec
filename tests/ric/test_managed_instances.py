"""Several invocations at a time: AWS_LAMBDA_MAX_CONCURRENCY."""

import pytest

from runtime_api import ACCEPTED, answer, event

pytestmark = pytest.mark.threads
COUNT = 4


@pytest.fixture
def managed(start, api):
    """managed(NAME=value...) starts the handler, and returns it with its connections, each asked for its first event."""

    def managed(**environment):
        program = start(AWS_LAMBDA_MAX_CONCURRENCY=COUNT, **environment)
        peers = [api.accept() for _ in range(COUNT)]
        for peer in peers:
            peer.expect_next()
        return program, peers

    return managed


def test_as_many_ask_at_a_time(managed, api):
    program, peers = managed()
    for peer in peers:
        peer.send(event(b"hello", "1"))
        assert peer.expect_response("1").body == b"hello"
        peer.send(ACCEPTED)
        peer.expect_next()
    assert api.no_connection()
    assert program.is_running()
    # One more would be waited for.
    for peer in peers:
        peer.send(answer(500, b"over"))
    assert program.code() == 1
    assert api.no_connection()


def test_a_slow_invocation_holds_up_no_other(managed, tmp_path):
    _, peers = managed()
    gate = tmp_path / "gate"
    peers[0].send(event(b"wait_for %s" % str(gate).encode(), "slow"))
    for number in range(30):
        peer = peers[1 + number % 3]
        peer.send(event(b"%d" % number, f"fast-{number}"))
        assert peer.expect_response(f"fast-{number}").body == b"%d" % number
        peer.send(ACCEPTED)
        peer.expect_next()
    gate.touch()
    assert peers[0].expect_response("slow").body.startswith(b"wait_for")


def test_each_has_its_own_context(managed, tmp_path):
    _, peers = managed()
    for round_ in range(10):
        for number, peer in enumerate(peers):
            peer.send(
                event(
                    b"context",
                    f"id-{round_}-{number}",
                    f"Lambda-Runtime-Aws-Tenant-Id: tenant-{number}",
                    f"Lambda-Runtime-Trace-Id: trace-{round_}-{number}",
                    f"Lambda-Runtime-Invocation-Id: delivery-{round_}-{number}",
                )
            )
        for number, peer in reversed(list(enumerate(peers))):
            post = peer.expect_response(f"id-{round_}-{number}")
            told = dict(line.split("=", 1) for line in post.body.decode().splitlines())
            assert told["request_id"] == f"id-{round_}-{number}"
            assert told["tenant_id"] == f"tenant-{number}"
            assert told["trace_id"] == f"trace-{round_}-{number}"
            assert post.headers["Lambda-Runtime-Invocation-Id"] == f"delivery-{round_}-{number}"
            peer.send(ACCEPTED)
            peer.expect_next()


def test_the_trace_is_not_in_the_environment(managed):
    _, peers = managed()
    peers[0].send(event(b"variable _X_AMZN_TRACE_ID", "1", "Lambda-Runtime-Trace-Id: Root=1-a"))
    assert peers[0].expect_response("1").body == b""


def test_errors_are_of_one_invocation(managed):
    program, peers = managed()
    for number, peer in enumerate(peers):
        peer.send(event(b"throw own %d" % number, f"id-{number}"))
    for number, peer in enumerate(peers):
        assert b'"errorMessage":"%d"' % number in peer.expect_error(f"id-{number}").body
        peer.send(ACCEPTED)
        peer.expect_next()
    lines = program.stderr.splitlines()
    assert sorted(line.split(b"\t")[2] for line in lines) == [b"id-%d" % number for number in range(COUNT)]


def test_streams_at_a_time(managed):
    _, peers = managed(HANDLER="stream")
    for number, peer in enumerate(peers):
        peer.send(event(b"large 5 100000;w %d" % number, f"id-{number}"))
    for number, peer in enumerate(peers):
        post = peer.expect_response(f"id-{number}")
        assert post.chunks == [b"x" * 100_000] * 5 + [b"%d" % number]
        peer.send(ACCEPTED)


def test_a_connection_that_dies_is_replaced(managed, api):
    _, peers = managed()
    peers[0].close()
    peer = api.accept()
    assert peer.invoke(b"again").body == b"again"
    peers[1].send(event(b"hello", "1"))
    assert peers[1].expect_response("1").body == b"hello"


def test_one_that_gives_up_leaves_the_others(managed):
    program, peers = managed()
    peers[0].send(answer(500, b"over"))
    peers[0].expect_end()
    for number in range(10):
        for peer in peers[1:]:
            peer.send(event(b"hello", "1"))
            assert peer.expect_response("1").body == b"hello"
            peer.send(ACCEPTED)
            peer.expect_next()
    assert program.is_running()
    for peer in peers[1:]:
        peer.send(answer(500, b"over"))
    assert program.code() == 1


def test_an_init_function_runs_once(managed):
    program, _ = managed(HANDLER="init")
    assert program.stdout == b"init\n"


@pytest.mark.parametrize("value", ["1", "0", "-1", "", "x", "4x"])
def test_one_at_a_time(start, api, value):
    program = start(AWS_LAMBDA_MAX_CONCURRENCY=value)
    peer = api.accept()
    post = peer.invoke(b"variable _X_AMZN_TRACE_ID", "Lambda-Runtime-Trace-Id: Root=1-a")
    assert post.body == b"Root=1-a"
    peer.expect_next()
    assert api.no_connection()
    # One more would be waited for.
    peer.send(answer(500, b"over"))
    assert program.code() == 1
    assert api.no_connection()


def test_records_of_several_are_not_mixed_up(managed):
    """They are larger than what a pipe takes at once, and each read lets one of the writers go on."""
    program, peers = managed(stderr_pipe=True)
    for number, peer in enumerate(peers):
        peer.send(event(b"log_large %d" % number, f"id-{number}"))
    count = 0
    while count < 20 * COUNT:
        piece = program.read_stderr(1000)
        assert piece, "the program has ended"
        count += piece.count(b"\n")
    for number, peer in enumerate(peers):
        peer.expect_response(f"id-{number}")
    lines = program.stderr.splitlines()
    assert len(lines) == 20 * COUNT
    for line in lines:
        _, _, request_id, text = line.split(b"\t")
        assert text == request_id[-1:] * 20000
