"""X-Amz-Log-Type: Tail: the end of the invocation's log comes with the answer."""

import base64
import re

import pytest

from support.emulator import INVOKE, do
from support.http1 import request
from support.waiting import wait_until

TAIL = [(b"X-Amz-Log-Type", b"Tail")]


def tail(reply):
    """The bytes of X-Amz-Log-Result."""
    encoded = reply.header("X-Amz-Log-Result")
    assert encoded, f"no X-Amz-Log-Result in {reply!r}"
    return base64.b64decode(encoded, validate=True)


@pytest.mark.fixed
@pytest.mark.parametrize("name", [b"function", b"hello"])
def test_the_tail_is_what_stands_in_the_log(emulator, name):
    reply = emulator.function(name, do(["out", "hello\n"], ["err", "\u00e4\n"], ["respond", "1"]), TAIL)
    assert (reply.status, reply.body) == (200, b"1")
    log = tail(reply)
    request_id = reply.header("X-Amzn-RequestId").encode()
    pattern = rb"START RequestId: %s Version: \$LATEST\nhello\n\xe4\nEND RequestId: %s\nREPORT RequestId: %s\t"
    found = re.match(pattern % ((request_id,) * 3), log)
    assert found, log
    assert re.fullmatch(
        rb"Init Duration: [0-9.]+ ms\tDuration: [0-9.]+ ms\tBilled Duration: [0-9]+ ms\t"
        rb"Memory Size: 3008 MB\tMax Memory Used: [0-9]+ MB\t\n",
        log[found.end() :],
    )
    wait_until(lambda: emulator.stdout == log, "the log to have the same")


@pytest.mark.fixed
def test_each_invocation_has_its_own_tail(emulator):
    for number in range(5):
        reply = emulator.invoke(do(["out", f"number {number}\n"], ["respond", "1"]), headers=TAIL)
        assert re.findall(rb"number (.)\n", tail(reply)) == [b"%d" % number]
        assert tail(reply).count(b"RequestId: " + reply.header("X-Amzn-RequestId").encode()) == 3
        assert tail(reply).count(b"RequestId: ") == 3


@pytest.mark.fixed
@pytest.mark.parametrize("size", [3000, 4096, 5000, 300_000])
def test_the_tail_is_the_last_four_kibibytes(emulator, size):
    emulator.invoke()
    emulator.wait_for_stdout(rb"REPORT")
    before = len(emulator.stdout)
    reply = emulator.invoke(do(["out-repeated", "0123456789\n", size // 11], ["respond", "1"]), headers=TAIL)
    wait_until(lambda: len(re.findall(rb"REPORT", emulator.stdout)) == 2, "the log to have all of it")
    log = emulator.stdout[before:]
    assert len(log) > size
    assert len(tail(reply)) == min(len(log), 4096)
    assert log.endswith(tail(reply))


@pytest.mark.fixed
def test_what_the_runtime_writes_after_its_response_is_in_the_tail(emulator, tmp_path):
    gate = tmp_path / "gate"
    steps = do(["respond", "1"], ["await", str(gate)], ["out", "late\n"])
    waiting = emulator.begin(steps, headers=TAIL)
    emulator.wait_for_note()
    # Another caller, who did not ask for the log, is told of a bad request meanwhile.
    assert emulator.invoke(headers=[(b"X-Amz-Invocation-Type", b"DryRun")]).status == 204
    gate.touch()
    reply = waiting.reply()
    assert reply.body == b"1"
    assert b"\nlate\nEND" in tail(reply)


@pytest.mark.kept
def test_without_the_header_there_is_no_tail(emulator):
    assert emulator.invoke().header("X-Amz-Log-Result") is None
    assert emulator.invoke(headers=[(b"X-Amz-Log-Type", b"None")]).header("X-Amz-Log-Result") is None


@pytest.mark.thimble
def test_without_a_tail_the_answer_does_not_wait_for_the_report(emulator, tmp_path):
    gate = tmp_path / "gate"
    reply = emulator.invoke(do(["respond", "1"], ["await", str(gate)]))
    assert reply.body == b"1"
    assert b"REPORT" not in emulator.stdout
    gate.touch()
    emulator.wait_for_stdout(rb"REPORT")


@pytest.mark.fixed
def test_an_error_of_the_handler_has_its_tail(emulator):
    reply = emulator.invoke(do(["out", "trace\n"], ["error", '{"errorType":"A"}']), headers=TAIL)
    assert reply.header("X-Amz-Function-Error") == "Unhandled"
    assert reply.body == b'{"errorType":"A"}'
    assert re.match(rb"START [^\n]*\ntrace\nEND [^\n]*\nREPORT ", tail(reply))


@pytest.mark.fixed
def test_a_crash_has_its_tail(emulator):
    reply = emulator.function(b"hello", do(["out", "last words\n"], ["exit", 3]), TAIL)
    assert reply.json()["errorType"] == "Runtime.ExitError"
    assert re.match(rb"START [^\n]*\nlast words\nEND [^\n]*\nREPORT ", tail(reply))


@pytest.mark.fixed
def test_a_timeout_has_its_tail(start):
    emulator = start(environment={"AWS_LAMBDA_FUNCTION_TIMEOUT": "1"})
    reply = emulator.function(b"hello", do(["out", "before\n"], ["hang"]), TAIL)
    assert "Task timed out after 1.00 seconds" in reply.json()["errorMessage"]
    assert re.match(rb"START [^\n]*\nbefore\nEND [^\n]*\nREPORT [^\n]*Duration: 1000.00 ms", tail(reply))


@pytest.mark.fixed
def test_what_a_failed_start_wrote_is_in_the_tail(start):
    emulator = start(init=[["out", "no module named app\n"], ["exit", 1]])
    reply = emulator.function(b"hello", b"{}", TAIL)
    assert reply.header("X-Amz-Function-Error") == "Unhandled"
    assert re.match(rb"no module named app\nSTART [^\n]*\nEND [^\n]*\nREPORT ", tail(reply))


@pytest.mark.fixed
def test_a_response_before_a_crash_is_the_answer_with_the_whole_tail(emulator):
    reply = emulator.invoke(do(["respond", "1"], ["out", "going\n"], ["exit", 1]), headers=TAIL)
    assert (reply.status, reply.body) == (200, b"1")
    assert b"going\nEND" in tail(reply)
    assert emulator.invoke(b"2").body == b"2"


@pytest.mark.fixed
def test_the_caller_may_leave_while_the_answer_waits_for_the_log(emulator, tmp_path):
    gate = tmp_path / "gate"
    connection = emulator.begin(do(["respond", "1"], ["await", str(gate)]), headers=TAIL)
    emulator.wait_for_note()
    connection.close()
    gate.touch()
    assert tail(emulator.invoke(b"2", headers=TAIL)).count(b"RequestId: ") == 3


@pytest.mark.fixed
def test_many_invokes_with_and_without_a_tail_over_one_connection(emulator):
    with emulator.connect() as connection:
        for number in range(10):
            connection.send(request(b"POST", INVOKE, b"%d" % number, TAIL if number % 2 else ()))
        for number in range(10):
            reply = connection.reply()
            assert reply.body == b"%d" % number
            assert (reply.header("X-Amz-Log-Result") is not None) == bool(number % 2)


@pytest.mark.fixed
def test_an_event_has_no_tail(emulator):
    reply = emulator.invoke(headers=[*TAIL, (b"X-Amz-Invocation-Type", b"Event")])
    assert reply.status == 202
    assert reply.header("X-Amz-Log-Result") is None


@pytest.mark.fixed
def test_another_log_type_is_the_caller_s_mistake(emulator):
    reply = emulator.invoke(headers=[(b"X-Amz-Log-Type", b"Head")])
    assert reply.status == 400
    assert reply.header("x-amzn-ErrorType") == "InvalidParameterValueException"
    assert emulator.starts() == []
