"""Any number of callers at once, callers that leave, runtimes killed in every state."""

import os
import selectors
import signal
import time

import pytest

from support.emulator import INVOKE, do
from support.http1 import Connection, request
from support.processes import alive
from support.waiting import Deadline, wait_until


def settle(emulator):
    """Returns when the emulator has dealt with everything sent to it before: it serves its sockets in turn."""
    for _ in range(2):
        with emulator.connect() as connection:
            connection.send(request(b"GET", b"/nowhere"))
            assert connection.reply(to=b"GET").status == 404


def occupy(emulator, tmp_path):
    """Keeps the runtime busy; returns the caller and the file whose appearance frees it."""
    file = tmp_path / "free"
    caller = emulator.begin(do(["await", str(file)], ["respond", '"first"']))
    emulator.wait_for_note()
    return caller, file


# --- the queue --------------------------------------------------------------------------------------------------------


@pytest.mark.fixed
def test_a_second_caller_waits_while_the_first_is_served(emulator, tmp_path):
    first, free = occupy(emulator, tmp_path)
    second = emulator.begin(b"2")
    settle(emulator)
    assert not second.answered()
    free.touch()
    assert first.reply().body == b'"first"'
    assert second.reply().body == b"2"
    assert len(emulator.starts()) == 1


@pytest.mark.fixed
def test_callers_during_init_are_all_served_by_the_one_runtime(start, tmp_path):
    file = tmp_path / "init-may-end"
    emulator = start(init=[["await", str(file)]])
    callers = [emulator.begin(b"%d" % number) for number in range(10)]
    settle(emulator)
    file.touch()
    assert [caller.reply().body for caller in callers] == [b"%d" % number for number in range(10)]
    assert len(emulator.starts()) == 1


@pytest.mark.fixed
def test_the_queue_is_served_in_the_order_of_arrival(emulator, tmp_path):
    order = tmp_path / "order"
    first, free = occupy(emulator, tmp_path)
    callers = []
    for number in range(20):
        callers.append(emulator.begin(do(["note", str(order), str(number)], ["respond", str(number)])))
        settle(emulator)
    free.touch()
    assert first.reply().status == 200
    assert [caller.reply().body for caller in callers] == [b"%d" % number for number in range(20)]
    assert order.read_text().split() == [str(number) for number in range(20)]


@pytest.mark.fixed
@pytest.mark.parametrize("way", [["--queue-depth", "2"], []], ids=["flag", "variable"])
@pytest.mark.parametrize("name", [b"function", b"hello"])
def test_past_the_queue_s_depth_callers_are_turned_away_with_429(start, tmp_path, way, name):
    emulator = start(*way, environment={} if way else {"THIMBLE_QUEUE_DEPTH": "2"})
    first, free = occupy(emulator, tmp_path)
    queued = [emulator.begin(b"%d" % number) for number in range(2)]
    settle(emulator)
    refused = emulator.function(name, b"3")
    assert refused.status == 429
    assert int(refused.header("Retry-After")) >= 1
    assert refused.header("x-amzn-ErrorType") == "TooManyRequestsException"
    refused.json()
    free.touch()
    assert first.reply().status == 200
    assert [caller.reply().body for caller in queued] == [b"0", b"1"]
    assert emulator.function(name, b"4").body == b"4"
    assert len(emulator.notes()) == 4


@pytest.mark.fixed
def test_past_the_queue_s_bytes_callers_are_turned_away_with_429(start, tmp_path):
    emulator = start(environment={"THIMBLE_QUEUE_BYTES": "1000000"})
    first, free = occupy(emulator, tmp_path)
    queued = emulator.begin(b"x" * 900_000)
    settle(emulator)
    assert emulator.invoke(b"x" * 900_000).status == 429
    free.touch()
    assert first.reply().status == 200
    assert queued.reply().body == b"x" * 900_000
    assert emulator.invoke(b"x" * 900_000).status == 200


@pytest.mark.fixed
def test_a_thousand_callers_at_once_are_each_answered_with_their_own_event(emulator, measured):
    count = 1000
    begun = time.monotonic()
    callers = {}
    selector = selectors.DefaultSelector()
    for number in range(count):
        event = b'{"caller":%d,"padding":"%s"}' % (number, b"p" * (number % 97))
        connection = emulator.begin(event)
        callers[connection.fileno()] = (connection, event)
        selector.register(connection, selectors.EVENT_READ)
    answered = 0
    while answered < count:
        ready = selector.select(timeout=Deadline.seconds)
        assert ready, f"{answered} of {count} answered, then nothing"
        for key, _ in ready:
            connection, event = callers[key.fd]
            reply = connection.reply()
            assert (reply.status, reply.body) == (200, event)
            selector.unregister(connection)
            connection.close()
            answered += 1
    measured(f"1,000 callers at once: all answered in {time.monotonic() - begun:.2f} s")
    assert len(emulator.starts()) == 1
    assert len(set(emulator.notes())) == len(emulator.notes()) == count


@pytest.mark.fixed
def test_one_connection_may_pipeline_while_others_wait(emulator):
    head = b"POST " + INVOKE + b" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\n"
    with emulator.connect() as one, emulator.connect() as other:
        one.send(b"".join(head + b"1%02d" % number for number in range(50)))
        other.send(b"".join(head + b"2%02d" % number for number in range(50)))
        assert [one.reply().body for _ in range(50)] == [b"1%02d" % number for number in range(50)]
        assert [other.reply().body for _ in range(50)] == [b"2%02d" % number for number in range(50)]


@pytest.mark.fixed
def test_a_crash_fails_only_the_invocation_it_happened_in(emulator, tmp_path):
    file = tmp_path / "crash-now"
    first = emulator.begin(do(["await", str(file)], ["exit", 1]))
    emulator.wait_for_note()
    queued = [emulator.begin(b"%d" % number) for number in range(5)]
    settle(emulator)
    file.touch()
    assert first.reply().status == 502
    assert [caller.reply().body for caller in queued] == [b"%d" % number for number in range(5)]
    assert len(emulator.starts()) == 2


@pytest.mark.fixed
def test_a_timeout_fails_only_the_invocation_it_happened_in(start):
    emulator = start(environment={"AWS_LAMBDA_FUNCTION_TIMEOUT": "1"})
    first = emulator.begin(do(["hang"]))
    emulator.wait_for_note()
    second = emulator.begin(b"2")
    assert first.reply().body == b"Task timed out after 1.00 seconds"
    assert second.reply().body == b"2"


# --- callers that leave -----------------------------------------------------------------------------------------------


@pytest.mark.kept
def test_an_invocation_runs_to_its_end_though_its_caller_has_left(emulator, tmp_path):
    go_on, done = tmp_path / "go-on", tmp_path / "done"
    caller = emulator.begin(do(["await", str(go_on)], ["touch", str(done)], ["respond", "1"]))
    emulator.wait_for_note()
    caller.close()
    go_on.touch()
    wait_until(done.exists, "the handler's end")
    emulator.wait_for_stdout(rb"REPORT RequestId: ")
    assert emulator.invoke(b"2").body == b"2"


@pytest.mark.fixed
def test_a_caller_that_leaves_in_flight_harms_nobody(emulator, tmp_path):
    first, free = occupy(emulator, tmp_path)
    first.close()
    second = emulator.begin(b"2")
    settle(emulator)
    free.touch()
    assert second.reply().body == b"2"
    assert len(emulator.starts()) == 1
    assert len(emulator.notes()) == 2


@pytest.mark.fixed
def test_a_caller_that_leaves_the_queue_harms_nobody_and_its_invocation_still_runs(emulator, tmp_path):
    order = tmp_path / "order"
    first, free = occupy(emulator, tmp_path)
    callers = []
    for number in range(3):
        callers.append(emulator.begin(do(["note", str(order), str(number)], ["respond", str(number)])))
        settle(emulator)
    callers[1].close()
    settle(emulator)
    free.touch()
    assert first.reply().status == 200
    assert callers[0].reply().body == b"0"
    assert callers[2].reply().body == b"2"
    assert order.read_text().split() == ["0", "1", "2"]


@pytest.mark.fixed
def test_a_caller_that_leaves_in_the_middle_of_its_request_is_forgotten(emulator, tmp_path):
    first, free = occupy(emulator, tmp_path)
    for _ in range(10):
        connection = emulator.connect()
        connection.send(b"POST " + INVOKE + b" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\npart")
        connection.close()
    second = emulator.begin(b"2")
    settle(emulator)
    free.touch()
    assert first.reply().status == 200
    assert second.reply().body == b"2"
    assert len(emulator.notes()) == 2


@pytest.mark.kept
def test_a_caller_that_reads_slowly_gets_everything(emulator):
    with emulator.begin(do(["respond-size", 6_000_000])) as caller:
        emulator.wait_for_stdout(rb"REPORT RequestId: ")
        assert caller.reply().body == b"x" * 6_000_000


@pytest.mark.fixed
def test_a_caller_that_never_reads_holds_up_nobody(emulator):
    with emulator.begin(do(["respond-size", 6_000_000])):
        emulator.wait_for_note()
        for number in range(5):
            assert emulator.invoke(b"%d" % number).body == b"%d" % number


@pytest.mark.kept
def test_two_hundred_half_open_connections_hold_up_nobody(emulator):
    head = b"POST " + INVOKE + b" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n"
    parts = [b"", head[:30], head[:-2], head, head + b"x" * 50]
    connections = [emulator.connect().send(parts[number % len(parts)]) for number in range(200)]
    others = [emulator.connect_runtime_api().send(parts[number % len(parts)]) for number in range(50)]
    for number in range(10):
        assert emulator.invoke(b"%d" % number).body == b"%d" % number
    assert len(emulator.notes()) == 10
    for connection in connections + others:
        connection.close()


# --- kill -9 in every state -------------------------------------------------------------------------------------------

ROUNDS = 12


def killed(pid):
    os.kill(pid, signal.SIGKILL)
    return time.monotonic()


def assert_never_twice(emulator):
    notes = emulator.notes()
    assert len(notes) == len(set(notes)), "a handler ran twice for one request id"


def report_times(measured, state, seconds):
    ordered = sorted(seconds)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    median = ordered[len(ordered) // 2]
    measured(f"kill -9 {state}: answered after {1000 * median:.1f} ms (median), {1000 * p99:.1f} ms (p99)")


@pytest.mark.kept
def test_kill_9_while_busy_is_answered_at_once(emulator, measured):
    seconds = []
    for number in range(ROUNDS):
        caller = emulator.begin(do(["hang"]))
        emulator.wait_for_note(2 * number + 1)
        begun = killed(emulator.starts()[-1])
        reply = caller.reply()
        seconds.append(time.monotonic() - begun)
        assert reply.status == 502
        assert reply.json()["errorMessage"].endswith("Error: Runtime exited with error: signal: killed")
        assert emulator.invoke(b"1").body == b"1"
    assert_never_twice(emulator)
    report_times(measured, "while busy", seconds)


@pytest.mark.fixed
def test_kill_9_after_the_response_and_before_next_leaves_the_answer_intact(emulator, measured):
    seconds = []
    for number in range(ROUNDS):
        caller = emulator.begin(do(["respond", "[1]"], ["hang"]))
        assert (lambda reply: (reply.status, reply.body))(caller.reply()) == (200, b"[1]")
        begun = killed(pid := emulator.starts()[-1])
        wait_until(lambda: not alive(pid), "its end")
        reply = emulator.invoke(b"2")
        seconds.append(time.monotonic() - begun)
        assert (reply.status, reply.body) == (200, b"2")
        assert len(emulator.starts()) == number + 2
    assert_never_twice(emulator)
    report_times(measured, "after the response, a new start included", seconds)


@pytest.mark.fixed
def test_kill_9_while_idle_is_not_seen_by_the_next_caller(emulator, measured):
    emulator.invoke(b"0")
    seconds = []
    for _ in range(ROUNDS):
        pid = emulator.starts()[-1]
        begun = killed(pid)
        wait_until(lambda: not alive(pid), "its end")
        reply = emulator.invoke(b"1")
        seconds.append(time.monotonic() - begun)
        assert (reply.status, reply.body) == (200, b"1"), reply
    assert_never_twice(emulator)
    report_times(measured, "while idle, a new start included", seconds)


@pytest.mark.fixed
def test_kill_9_in_init_is_answered_at_once(start, tmp_path, measured):
    gate = tmp_path / "init-may-end"
    emulator = start(init=[["await", str(gate)]])
    seconds = []
    for _ in range(ROUNDS):
        before = len(emulator.starts())
        caller = emulator.begin(b"1")
        emulator.wait_for_start(before + 1)
        begun = time.monotonic()
        while not caller.answered():
            # An emulator may try a second time before it gives up: then that one is killed too.
            started = emulator.starts()
            killed(started[-1])
            wait_until(lambda: caller.answered() or len(emulator.starts()) > len(started), "an answer or a new start")
        reply = caller.reply()
        seconds.append(time.monotonic() - begun)
        assert reply.status == 502
        assert set(reply.json()) == {"errorType", "errorMessage"}
    gate.touch()
    assert emulator.invoke(b"2").body == b"2"
    assert len(emulator.notes()) == 1
    report_times(measured, "in init", seconds)


@pytest.mark.fixed
def test_kill_9_at_any_moment_leaves_every_caller_answered_and_nothing_run_twice(emulator):
    # One caller after another from four connections; the runtime is killed again and again, at no chosen moment.
    count, total = 4, 60
    connections = [emulator.connect() for _ in range(count)]
    selector = selectors.DefaultSelector()
    sent = answered = kills = 0
    statuses = []
    victim = -1

    def next_request(connection):
        nonlocal sent
        connection.send(request(b"POST", INVOKE, b"%d" % sent))
        sent += 1

    for connection in connections:
        selector.register(connection, selectors.EVENT_READ, connection)
        next_request(connection)
    while answered < total:
        ready = selector.select(timeout=Deadline.seconds)
        assert ready, f"{answered} of {total} answered, then nothing"
        for key, _ in ready:
            statuses.append(key.data.reply().status)
            answered += 1
            next_request(key.data)
        if answered // 5 > kills:
            kills += 1
            started = emulator.starts()
            if started and started[-1] != victim:
                killed(victim := started[-1])
    for connection in connections:
        assert connection.reply().status in (200, 502)
        connection.close()
    assert set(statuses) <= {200, 502}
    assert statuses.count(200) >= total // 2
    assert_never_twice(emulator)
    # A process that is being killed may still be given an event: then that one fails, as above.
    wait_until(lambda: not alive(victim), "the end of the last one killed")
    assert emulator.invoke(b"1").body == b"1"


# --- limits on connections --------------------------------------------------------------------------------------------


@pytest.mark.fixed
@pytest.mark.parametrize(
    ("port", "part"),
    [
        ("invoke", b""),
        ("invoke", b"POST /2015-"),
        ("invoke", b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "),
        # A runtime may connect long before it asks for anything.
        ("runtime", b"POST /2018-"),
        ("runtime", b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "),
    ],
)
def test_a_head_that_does_not_come_is_given_up_at_the_head_timeout(start, port, part):
    emulator = start(environment={"THIMBLE_HEAD_TIMEOUT": "1", "THIMBLE_IDLE_TIMEOUT": "1"})
    begun = time.monotonic()
    with Connection(getattr(emulator, port + "_port")) as connection:
        connection.send(part)
        rest = connection.rest()
    assert rest == b"" or rest.startswith(b"HTTP/1.1 408 ")
    assert 0.9 <= time.monotonic() - begun


@pytest.mark.fixed
def test_a_head_that_comes_byte_by_byte_is_given_up_at_the_head_timeout_too(start):
    emulator = start(environment={"THIMBLE_HEAD_TIMEOUT": "1"})
    begun = time.monotonic()
    with emulator.connect() as connection:
        connection.send(b"GET / HTTP/1.1\r\nX-Slow: ")

        def given_up():
            connection.send(b"x")
            return connection.answered()

        wait_until(given_up, "the head timeout")
        rest = connection.rest()
    assert rest == b"" or rest.startswith(b"HTTP/1.1 408 ")
    assert time.monotonic() - begun >= 0.9


@pytest.mark.fixed
def test_an_idle_connection_is_closed_at_the_idle_timeout(start):
    emulator = start(environment={"THIMBLE_IDLE_TIMEOUT": "1"})
    with emulator.connect() as connection:
        connection.send(request(b"GET", b"/nowhere"))
        assert connection.reply(to=b"GET").status == 404
        begun = time.monotonic()
        connection.assert_closed()
    assert time.monotonic() - begun >= 0.9


@pytest.mark.fixed
def test_a_caller_waiting_for_its_answer_is_not_idle(start, tmp_path):
    emulator = start(environment={"THIMBLE_IDLE_TIMEOUT": "1", "THIMBLE_HEAD_TIMEOUT": "1"})
    caller, free = occupy(emulator, tmp_path)
    with emulator.connect() as idle:
        idle.send(request(b"GET", b"/nowhere"))
        assert idle.reply(to=b"GET").status == 404
        idle.assert_closed()
    assert not caller.answered()
    free.touch()
    assert caller.reply().body == b'"first"'


@pytest.mark.fixed
def test_past_the_most_connections_the_longest_idle_one_makes_room_for_a_new_one(start):
    emulator = start(environment={"THIMBLE_MAX_CONNECTIONS": "8"})
    not_found = request(b"GET", b"/nowhere")
    held = [emulator.connect() for _ in range(8)]
    for connection in held:
        connection.send(not_found)
        assert connection.reply(to=b"GET").status == 404
    with emulator.connect() as ninth:
        ninth.send(not_found)
        assert ninth.reply(to=b"GET").status == 404
    held[0].assert_closed()
    held[1].send(not_found)
    assert held[1].reply(to=b"GET").status == 404
    for connection in held:
        connection.close()


@pytest.mark.fixed
def test_past_the_most_connections_a_new_one_is_refused_while_all_others_are_in_the_middle_of_a_request(start):
    emulator = start(environment={"THIMBLE_MAX_CONNECTIONS": "8"})
    head = b"POST " + INVOKE + b" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"
    held = [emulator.connect().send(head) for _ in range(8)]
    for connection in held:
        connection.interim(b"HTTP/1.1 100 Continue\r\n\r\n")
    with emulator.connect() as ninth:
        ninth.send(request(b"GET", b"/nowhere"))
        refused = ninth.rest()
    assert refused == b"" or refused.startswith(b"HTTP/1.1 503 ")
    for connection in held:
        connection.send(b"1234")
        assert connection.reply().body == b"1234"
        connection.close()
    wait_until(lambda: emulator.invoke(b"5").body == b"5", "a free place")
