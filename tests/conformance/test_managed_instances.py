"""AWS_LAMBDA_MAX_CONCURRENCY: a runtime that runs several invocations at the same time."""

import base64
import json
import os
import signal
import time

import pytest

from support.emulator import PUPPET, do, run
from support.extensions import ExtensionFolder, ExtensionPuppet
from support.http1 import request
from support.processes import alive
from support.puppet import Puppet, request_id_of
from support.waiting import wait_until
from test_streaming import STREAM_INVOKE, Events, Streamer, complete_error

pytestmark = pytest.mark.thimble


@pytest.fixture
def managed(start):
    """managed(count, flags..., ...) starts an emulator of a managed instance."""

    def managed(count, *flags, environment=None, **options):
        return start(*flags, environment={"AWS_LAMBDA_MAX_CONCURRENCY": str(count), **(environment or {})}, **options)

    return managed


@pytest.fixture
def puppets(managed):
    """puppets(count, ...) is a managed instance, and so many connections that have asked for an invocation."""

    def puppets(count, *flags, **options):
        emulator = managed(count, *flags, command=PUPPET, **options)
        emulator.wait_for_start()
        workers = [Puppet(emulator) for _ in range(count)]
        for worker in workers:
            worker.ask_next()
        return emulator, workers

    return puppets


def seen(reply):
    assert reply.status == 200, reply
    return reply.json()


def occupy(emulator, tmp_path, count):
    busy = []
    for number in range(count):
        file = tmp_path / f"free-{number}"
        before = len(emulator.notes())
        caller = emulator.begin(do(["await", str(file)], ["respond", str(number)]))
        wait_until(lambda: len(emulator.notes()) > before, f"invocation {number} to run")
        busy.append((caller, file))
    return busy


# --- the start --------------------------------------------------------------------------------------------------------


def test_the_runtime_is_started_before_there_is_an_invocation(managed):
    emulator = managed(2)
    emulator.wait_for_start()
    emulator.wait_for_stderr(rb"INIT START\(type: lambda-managed-instances, phase: init\)\n")
    emulator.wait_for_stderr(rb"INIT REPORT\(durationMs: ")
    assert emulator.stdout == b""
    assert emulator.invoke(b"1").body == b"1"
    assert len(emulator.starts()) == 1


def test_the_runtime_is_the_command_with_its_user_and_is_told_what_it_is(managed):
    emulator = managed(3)
    report = seen(emulator.invoke(do(["report"])))
    assert report["argv"][-1] == "payload.handler"
    assert report["environment"]["AWS_LAMBDA_MAX_CONCURRENCY"] == "3"
    assert report["environment"]["AWS_LAMBDA_INITIALIZATION_TYPE"] == "lambda-managed-instances"
    assert report["cwd"] == str(emulator.folder)


def test_without_a_value_there_is_no_managed_instance(start):
    emulator = start(environment={"AWS_LAMBDA_MAX_CONCURRENCY": ""})
    report = seen(emulator.invoke(do(["report"])))
    assert report["environment"]["AWS_LAMBDA_INITIALIZATION_TYPE"] == "on-demand"


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5", "100000"])
def test_what_is_no_concurrency_is_refused(tmp_path, value):
    refusal = run(tmp_path, "/bin/true", environment={"AWS_LAMBDA_MAX_CONCURRENCY": value})
    refusal.assert_one_line(b"AWS_LAMBDA_MAX_CONCURRENCY", value.encode())


@pytest.mark.parametrize("flag", ["--enable-init-caching", "--cold", "--repeat-init"])
def test_what_managed_instances_do_not_have_is_refused(tmp_path, flag):
    refusal = run(tmp_path, flag, "/bin/true", environment={"AWS_LAMBDA_MAX_CONCURRENCY": "2"})
    refusal.assert_one_line(flag.encode(), b"AWS_LAMBDA_MAX_CONCURRENCY")


def test_callers_wait_for_the_init(managed, tmp_path):
    file = tmp_path / "init-may-end"
    emulator = managed(2, init=[["await", str(file)]])
    callers = [emulator.begin(b"%d" % number) for number in range(5)]
    file.touch()
    assert [caller.reply().body for caller in callers] == [b"%d" % number for number in range(5)]


def test_an_init_error_is_the_answer_and_the_next_caller_starts_anew(managed):
    emulator = managed(2, command=PUPPET)
    emulator.wait_for_start()
    caller = emulator.begin()
    reply = Puppet(emulator).fail_init(b'{"errorMessage":"no","errorType":"Runtime.NoInit"}')
    assert reply.status == 202
    assert caller.reply().json() == {"errorMessage": "no", "errorType": "Runtime.NoInit"}
    later = emulator.begin(b"2")
    emulator.wait_for_start(2)
    worker = Puppet(emulator)
    worker.respond(worker.next_id(), b"[2]")
    assert later.reply().body == b"[2]"


# --- at the same time -------------------------------------------------------------------------------------------------


def test_so_many_invocations_run_at_the_same_time_in_one_runtime(managed, tmp_path):
    emulator = managed(4)
    busy = occupy(emulator, tmp_path, 4)
    fifth = emulator.begin(b"5")
    busy[2][1].touch()
    assert busy[2][0].reply().body == b"2"
    assert fifth.reply().body == b"5"
    for number in (3, 1, 0):
        busy[number][1].touch()
        assert busy[number][0].reply().body == b"%d" % number
    assert len(emulator.starts()) == 1


def test_each_response_goes_to_its_own_caller(puppets):
    emulator, workers = puppets(3)
    callers = [emulator.begin(b'"caller %d"' % number) for number in range(3)]
    received = [(worker, worker.receive()) for worker in workers]
    assert sorted(reply.body for _, reply in received) == [b'"caller %d"' % number for number in range(3)]
    for worker, reply in reversed(received):
        assert worker.respond(request_id_of(reply), reply.body).status == 202
    assert [caller.reply().body for caller in callers] == [b'"caller %d"' % number for number in range(3)]


def test_a_response_may_come_over_another_connection(puppets):
    emulator, (worker,) = puppets(1)
    caller = emulator.begin()
    next_id = request_id_of(worker.receive())
    assert Puppet(emulator).respond(next_id, b"[1]").status == 202
    assert caller.reply().body == b"[1]"


def test_a_runtime_may_ask_for_more_than_it_may_run(managed):
    emulator = managed(1, command=PUPPET)
    emulator.wait_for_start()
    workers = [Puppet(emulator) for _ in range(3)]
    for worker in workers:
        worker.ask_next()
    first, second = emulator.begin(b"1"), emulator.begin(b"2")
    worker = workers[0]
    worker.respond(request_id_of(worker.receive()), b"[1]")
    assert first.reply().body == b"[1]"
    worker = workers[1]
    worker.respond(request_id_of(worker.receive()), b"[2]")
    assert second.reply().body == b"[2]"


def test_a_next_whose_connection_broke_is_not_given_an_invocation(puppets):
    emulator, (gone, worker) = puppets(2)
    gone.connection.close()
    with emulator.connect_runtime_api() as connection:
        connection.send(request(b"GET", b"/2018-06-01/ping"))
        assert connection.reply(to=b"GET").status == 200
    caller = emulator.begin(b"1")
    worker.respond(request_id_of(worker.receive()), b"[1]")
    assert caller.reply().body == b"[1]"


def test_a_response_is_accepted_once(puppets):
    emulator, (worker,) = puppets(1)
    caller = emulator.begin()
    reply = worker.receive()
    assert worker.respond(request_id_of(reply), b"[1]").status == 202
    again = worker.respond(request_id_of(reply), b"[2]")
    assert (again.status, again.json()["errorType"]) == (400, "InvalidRequestID")
    echo = [(b"Lambda-Runtime-Invocation-Id", reply.header("Lambda-Runtime-Invocation-Id").encode())]
    assert worker.respond(request_id_of(reply), b"[3]", echo).status == 410
    assert caller.reply().body == b"[1]"


def test_an_error_is_one_invocation_s(puppets):
    emulator, workers = puppets(2)
    callers = [emulator.begin(b"%d" % number) for number in range(2)]
    replies = [worker.receive() for worker in workers]
    assert workers[0].fail(request_id_of(replies[0])).status == 202
    assert callers[0].reply().json()["errorType"] == "MyErr"
    assert workers[1].respond(request_id_of(replies[1]), b"[1]").status == 202
    assert callers[1].reply().body == b"[1]"


def test_the_deadline_is_the_timeout_s(puppets):
    emulator, (worker,) = puppets(1, environment={"AWS_LAMBDA_FUNCTION_TIMEOUT": "60"})
    begun = time.time()
    caller = emulator.begin()
    reply = worker.receive()
    deadline = int(reply.header("Lambda-Runtime-Deadline-Ms")) / 1000
    assert begun + 59 < deadline < time.time() + 61
    worker.respond(request_id_of(reply))
    assert caller.reply().status == 200


def test_streams_run_side_by_side(managed):
    emulator = managed(2, command=PUPPET)
    emulator.wait_for_start()
    callers = [emulator.begin(b"%d" % number, STREAM_INVOKE) for number in range(2)]
    streams = [Streamer(emulator).begin() for _ in callers]
    for stream, text in zip(streams, (b"a", b"b")):
        stream.piece(text)
    for stream in streams:
        stream.end()
        stream.assert_accepted()
    assert sorted(Events(caller).to_the_end()[0] for caller in callers) == [b"a", b"b"]


def test_a_stream_that_breaks_off_is_no_success_though_the_runtime_lives(managed):
    emulator = managed(2, command=PUPPET)
    emulator.wait_for_start()
    caller = emulator.begin(path=STREAM_INVOKE)
    stream = Streamer(emulator).begin().piece(b"half")
    events = Events(caller)
    assert events.payload_piece() == b"half"
    stream.puppet.reconnect()
    assert complete_error(events.to_the_end()[1])[1]["errorType"] == "Runtime.TruncatedResponse"
    emulator.wait_for_stderr(rb"INVOKE RTDONE\(status: error, produced bytes: 4, ")
    emulator.wait_for_stdout(rb"REPORT RequestId: " + stream.id)


def test_a_thousand_callers_are_each_answered_with_their_own_event(managed):
    emulator = managed(8)
    callers = [(number, emulator.begin(b'{"caller":%d}' % number)) for number in range(500)]
    for number, caller in callers:
        assert caller.reply().body == b'{"caller":%d}' % number
    assert len(emulator.starts()) == 1


def test_several_environments_may_be_managed_instances(managed, tmp_path):
    emulator = managed(2, "--concurrency", "2")
    busy = occupy(emulator, tmp_path, 4)
    assert len(emulator.starts()) == 2
    for caller, file in busy:
        file.touch()
        assert caller.reply().status == 200


# --- the log ----------------------------------------------------------------------------------------------------------


def test_the_log_has_three_lines_for_each_invocation(managed):
    emulator = managed(2)
    ids = [emulator.invoke().header("X-Amzn-RequestId").encode() for _ in range(3)]
    wait_until(lambda: emulator.stdout.count(b"REPORT") == 3, "three reports")
    for each in ids:
        for word in (b"START RequestId: ", b"END RequestId: ", b"REPORT RequestId: "):
            assert emulator.stdout.count(word + each) == 1
    assert b"Init Duration" not in emulator.stdout


def test_the_tail_has_the_invocation_s_own_lines(managed):
    reply = managed(2).invoke(headers=[(b"X-Amz-Log-Type", b"Tail")])
    tail = base64.b64decode(reply.header("X-Amz-Log-Result"))
    assert tail.startswith(b"START RequestId: ") and b"REPORT RequestId: " in tail


# --- what goes wrong --------------------------------------------------------------------------------------------------


def test_a_timeout_fails_one_invocation_and_kills_nothing(managed, tmp_path):
    emulator = managed(2, environment={"AWS_LAMBDA_FUNCTION_TIMEOUT": "2"})
    free = tmp_path / "free"
    late = emulator.begin(do(["await", str(free)], ["report"]))
    emulator.wait_for_note()
    other = seen(emulator.invoke(do(["report"])))["pid"]
    assert b"Task timed out after 2.00 seconds" in late.reply().body
    assert alive(other) and alive(int(emulator.starts()[0]))
    free.touch()
    # Both workers run again: the one that was late too.
    busy = occupy(emulator, tmp_path, 2)
    for caller, file in busy:
        file.touch()
        assert caller.reply().status == 200
    assert len(emulator.starts()) == 1
    assert b"SIGKILL" not in emulator.stderr


def test_a_response_that_is_too_late_is_refused_with_410(puppets):
    emulator, (worker,) = puppets(1, environment={"AWS_LAMBDA_FUNCTION_TIMEOUT": "1"})
    caller = emulator.begin()
    reply = worker.receive()
    assert b"timed out" in caller.reply().body
    echo = [(b"Lambda-Runtime-Invocation-Id", reply.header("Lambda-Runtime-Invocation-Id").encode())]
    assert worker.respond(request_id_of(reply), b"[1]", echo).status == 410
    worker.ask_next()
    caller = emulator.begin()
    assert worker.respond(request_id_of(worker.receive()), b"[2]").status == 202
    assert caller.reply().body == b"[2]"


def test_a_runtime_that_asks_for_nothing_during_a_whole_timeout_is_started_again(managed):
    emulator = managed(1, environment={"AWS_LAMBDA_FUNCTION_TIMEOUT": "1"})
    assert b"timed out" in emulator.invoke(do(["hang"])).body
    assert b"timed out" in emulator.invoke(b"2").body
    assert emulator.invoke(b"3").body == b"3"
    assert len(emulator.starts()) == 2


def test_all_that_run_fail_when_the_runtime_ends(managed, tmp_path):
    emulator = managed(2)
    busy = occupy(emulator, tmp_path, 2)
    os.kill(int(emulator.starts()[0]), signal.SIGKILL)
    for caller, _ in busy:
        reply = caller.reply()
        assert (reply.status, reply.json()["errorType"]) == (502, "Runtime.ExitError")
    assert emulator.invoke(b"1").body == b"1"
    assert len(emulator.starts()) == 2


def test_a_process_of_the_runtime_that_ends_fails_the_invocation_it_ran_and_no_other(managed, tmp_path):
    emulator = managed(3)
    [(caller, free)] = occupy(emulator, tmp_path, 1)
    reply = emulator.invoke(do(["once", str(tmp_path / "died"), ["kill", 9]], ["exit", 3]))
    assert (reply.status, reply.json()["errorType"]) == (502, "Runtime.ExitError")
    assert emulator.invoke(b"2").body == b"2"
    free.touch()
    assert caller.reply().body == b"0"
    assert len(emulator.starts()) == 1


def test_a_runtime_may_close_the_connection_an_invocation_came_over(puppets):
    emulator, (worker,) = puppets(1)
    caller = emulator.begin()
    next_id = request_id_of(worker.receive())
    worker.reconnect()
    assert worker.respond(next_id, b"[1]").status == 202
    assert caller.reply().body == b"[1]"


def test_a_runtime_that_was_attached_and_has_gone_fails_what_it_ran(managed):
    emulator = managed(1, "--no-runtime", command=())
    gone = Puppet(emulator)
    gone.ask_next()
    caller = emulator.begin(b"1")
    gone.receive()
    gone.connection.close()
    reply = caller.reply()
    assert (reply.status, reply.json()["errorType"]) == (502, "Runtime.ExitError")
    caller = emulator.begin(b"2")
    worker = Puppet(emulator)
    worker.respond(worker.next_id(), b"[2]")
    assert caller.reply().body == b"[2]"


def test_a_signal_ends_it_with_what_runs(managed, tmp_path):
    emulator = managed(3)
    occupy(emulator, tmp_path, 3)
    pid = int(emulator.starts()[0])
    emulator.stop()
    assert not alive(pid)


# --- extensions and telemetry -----------------------------------------------------------------------------------------


@pytest.fixture
def extensions(tmp_path):
    return ExtensionFolder(tmp_path)


def test_an_external_extension_may_register_for_shutdown_only(managed, extensions):
    extensions.add("late", ["register", ["SHUTDOWN"]], ["next"], ["exit", 0])
    emulator = managed(2, *extensions.flags)
    assert emulator.invoke(b"1").body == b"1"
    emulator.stop()
    assert [event["eventType"] for event in extensions.events("late")] == ["SHUTDOWN"]


def test_an_extension_that_wants_invoke_is_refused(managed, extensions):
    extensions.add_puppet("wants")
    emulator = managed(2, *extensions.flags)
    extensions.wait_for_start("wants")
    extension = ExtensionPuppet(emulator, b"wants")
    for body in (b'{"events":["INVOKE"]}', b'{"events":["SHUTDOWN","INVOKE"]}'):
        reply = extension.register(body)
        assert (reply.status, reply.json()["errorType"]) == (403, "Extension.InvalidEventType")
    assert extension.register(b'{"events":["SHUTDOWN"]}').status == 200


def test_an_internal_extension_may_register_for_nothing(managed):
    emulator = managed(1, command=PUPPET)
    emulator.wait_for_start()
    extension = ExtensionPuppet(emulator, b"inside")
    for body in (b'{"events":["INVOKE"]}', b'{"events":["SHUTDOWN"]}'):
        reply = extension.register(body)
        assert (reply.status, reply.json()["errorType"]) == (403, "Extension.InvalidEventType")
    assert extension.register().status == 200


def subscribe(extension, path, schema):
    destination = {"protocol": "HTTP", "URI": "http://sandbox:8081"}
    text = {"schemaVersion": schema, "types": ["platform"], "destination": destination}
    identifier = [(b"Lambda-Extension-Identifier", extension.identifier)]
    extension.connection.send(request(b"PUT", path, json.dumps(text).encode(), identifier))
    return extension.connection.reply()


def test_telemetry_has_the_newest_schema_only_and_there_is_no_logs_api(managed):
    emulator = managed(1, command=PUPPET)
    emulator.wait_for_start()
    extension = ExtensionPuppet(emulator, b"inside", events=[])
    for schema in ("2022-07-01", "2022-12-13"):
        assert subscribe(extension, b"/2022-07-01/telemetry", schema).status == 400
    assert subscribe(extension, b"/2020-08-15/logs", "2020-08-15").status == 404
    assert subscribe(extension, b"/2022-07-01/telemetry", "2025-01-29").status == 200
