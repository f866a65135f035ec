"""What the caller gets when the function fails, and that the next invoke works all the same.

On the function name `function`, the only one the incumbent knows, its statuses and bodies are kept; every other name is
answered as the cloud would. --fidelity forces one of the two.
"""

import re
import time

import pytest

from support.emulator import PUPPET, UUID, do
from support.processes import alive
from support.puppet import Puppet
from support.waiting import wait_until

ERROR = '{"errorMessage":"boom","errorType":"MyErr","stackTrace":[]}'
INIT_ERROR = '{"errorMessage":"no module","errorType":"Runtime.ImportModuleError","stackTrace":[]}'


def assert_goes_on(emulator):
    reply = emulator.invoke(b"[1]")
    assert (reply.status, reply.body) == (200, b"[1]")


def assert_exit_error(reply, reason):
    assert re.fullmatch(
        r'\{"errorType":"Runtime.ExitError","errorMessage":"RequestId: '
        + UUID
        + " Error: "
        + re.escape(reason)
        + r'"\}',
        reply.body.decode(),
    ), reply


# --- the handler's own errors -----------------------------------------------------------------------------------------


@pytest.mark.kept
def test_a_handler_error_is_a_200_with_the_runtime_s_json(emulator):
    reply = emulator.invoke(do(["error", ERROR]))
    assert (reply.status, reply.body) == (200, ERROR.encode())
    assert_goes_on(emulator)
    assert len(emulator.starts()) == 1


@pytest.mark.fixed
@pytest.mark.parametrize("name", [b"function", b"hello"])
def test_a_handler_error_is_named_in_a_header(emulator, name):
    reply = emulator.function(name, do(["error", ERROR]))
    assert (reply.status, reply.body) == (200, ERROR.encode())
    assert reply.header("X-Amz-Function-Error") == "Unhandled"


@pytest.mark.kept
def test_the_cause_of_an_error_is_left_out(emulator):
    body = '{"errorMessage":"m","errorType":"t","stackTrace":["s"],"cause":{"working_directory":"/"}}'
    reply = emulator.invoke(do(["error", body, {"Content-Type": "application/vnd.aws.lambda.error.cause+json"}]))
    assert reply.status == 200
    assert reply.json() == {"errorMessage": "m", "errorType": "t", "stackTrace": ["s"]}


@pytest.mark.kept
def test_a_cause_that_cannot_be_read_is_said_to_be_invalid(emulator):
    reply = emulator.invoke(do(["error", "{oops", {"Content-Type": "application/vnd.aws.lambda.error.cause+json"}]))
    assert reply.status == 200
    assert b"Invalid error body" in reply.body
    assert_goes_on(emulator)


# --- the process ends during an invocation ----------------------------------------------------------------------------

ENDS = [
    (["exit", 1], "Runtime exited with error: exit status 1"),
    (["exit", 42], "Runtime exited with error: exit status 42"),
    (["exit", 0], "Runtime exited without providing a reason"),
    (["kill", 9], "Runtime exited with error: signal: killed"),
    (["kill", 11], "Runtime exited with error: signal: segmentation fault"),
    (["kill", 15], "Runtime exited with error: signal: terminated"),
    (["kill", 6], "Runtime exited with error: signal: aborted"),
]


@pytest.mark.kept
@pytest.mark.parametrize(("end", "reason"), ENDS)
def test_a_runtime_that_ends_is_a_502_with_the_reason(emulator, end, reason):
    reply = emulator.invoke(do(end))
    assert reply.status == 502
    assert_exit_error(reply, reason)
    assert_goes_on(emulator)
    assert len(emulator.starts()) == 2


@pytest.mark.fixed
@pytest.mark.parametrize(("end", "reason"), ENDS)
def test_in_the_cloud_a_runtime_that_ends_is_a_200_with_a_function_error(emulator, end, reason):
    reply = emulator.function(b"hello", do(end))
    assert reply.status == 200
    assert reply.header("X-Amz-Function-Error") == "Unhandled"
    assert_exit_error(reply, reason)
    assert reply.header("X-Amzn-RequestId") in reply.json()["errorMessage"]
    assert_goes_on(emulator)


@pytest.mark.fixed
def test_the_id_in_the_message_is_the_caller_s_request_id(emulator):
    reply = emulator.invoke(do(["exit", 1]))
    assert reply.json()["errorMessage"].startswith(f"RequestId: {reply.header('X-Amzn-RequestId')} Error: ")
    assert reply.header("X-Amz-Function-Error") == "Unhandled"


@pytest.mark.kept
def test_the_runtime_can_end_again_and_again(emulator):
    for code in (1, 2, 3):
        assert emulator.invoke(do(["exit", code])).status == 502
        assert_goes_on(emulator)
    assert len(emulator.notes()) == len(set(emulator.notes())) == 6


@pytest.mark.fixed
def test_what_the_dead_runtime_left_in_its_group_is_killed(emulator, tmp_path):
    file = tmp_path / "child"
    reply = emulator.invoke(do(["child", str(file)], ["exit", 1]))
    assert reply.status == 502
    assert_goes_on(emulator)
    child = int(file.read_text())
    wait_until(lambda: not alive(child), "the end of the dead runtime's child")


@pytest.mark.fixed
def test_a_response_followed_by_the_end_of_the_runtime_is_a_response(emulator):
    reply = emulator.invoke(do(["respond", "[5]"], ["exit", 1]))
    assert (reply.status, reply.body) == (200, b"[5]")
    assert_goes_on(emulator)
    assert len(emulator.starts()) == 2


@pytest.mark.kept
def test_a_runtime_that_drops_its_connection_in_the_middle_of_the_response_and_ends_is_an_exit(emulator):
    reply = emulator.invoke(do(["respond-partly", 100_000], ["exit", 1]))
    assert reply.status == 502
    assert_exit_error(reply, "Runtime exited with error: exit status 1")
    assert_goes_on(emulator)


@pytest.mark.fixed
def test_a_runtime_that_drops_its_connection_in_the_middle_of_the_response_can_repeat_it(emulator):
    reply = emulator.invoke(do(["respond-partly", 100_000], ["respond", "[6]"]))
    assert (reply.status, reply.body) == (200, b"[6]")
    assert_goes_on(emulator)
    assert len(emulator.starts()) == 1


@pytest.mark.kept
def test_a_runtime_that_answers_twice_has_answered_once(emulator):
    assert emulator.invoke(do(["respond", "[1]"], ["respond", "[2]"])).body == b"[1]"
    assert_goes_on(emulator)
    assert len(emulator.starts()) == 1


@pytest.mark.kept
def test_a_runtime_that_first_answers_with_a_wrong_id_is_told_so_and_goes_on(emulator):
    steps = do(["respond-to", "00000000-0000-0000-0000-000000000000", "[1]"], ["replies"])
    assert emulator.invoke(steps).json() == [
        [400, '{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}\n']
    ]
    assert_goes_on(emulator)


# --- init fails -------------------------------------------------------------------------------------------------------


@pytest.mark.kept
def test_an_init_error_is_a_502_with_the_runtime_s_json_on_every_invoke(start):
    emulator = start(init=[["init-error", INIT_ERROR], ["exit", 1]])
    for _ in range(3):
        reply = emulator.invoke()
        assert (reply.status, reply.body) == (502, INIT_ERROR.encode())
    assert len(emulator.starts()) >= 3
    assert emulator.notes() == []


@pytest.mark.fixed
def test_an_init_error_is_a_function_error(start):
    reply = start(init=[["init-error", INIT_ERROR], ["exit", 1]]).invoke()
    assert reply.header("X-Amz-Function-Error") == "Unhandled"


@pytest.mark.fixed
def test_in_the_cloud_an_init_error_is_a_200_with_the_runtime_s_json(start):
    emulator = start(init=[["init-error", INIT_ERROR], ["exit", 1]])
    for _ in range(2):
        reply = emulator.function(b"hello")
        assert (reply.status, reply.body) == (200, INIT_ERROR.encode())
        assert reply.header("X-Amz-Function-Error") == "Unhandled"


@pytest.mark.fixed
@pytest.mark.parametrize("end", [["exit", 3], ["exit", 0], ["kill", 9]])
def test_a_runtime_that_ends_in_init_without_a_word_is_a_502_with_a_reason(start, end):
    emulator = start(init=[end])
    for _ in range(2):
        reply = emulator.invoke()
        assert reply.status == 502
        assert set(reply.json()) == {"errorType", "errorMessage"}
        assert reply.header("X-Amz-Function-Error") == "Unhandled"


@pytest.mark.fixed
def test_in_the_cloud_a_runtime_that_ends_in_init_is_a_200_with_a_reason(start):
    reply = start(init=[["exit", 3]]).function(b"hello")
    assert reply.status == 200
    assert reply.header("X-Amz-Function-Error") == "Unhandled"
    assert reply.json()["errorType"] == "Runtime.ExitError"
    assert "exit status 3" in reply.json()["errorMessage"]


@pytest.mark.fixed
def test_an_entrypoint_that_cannot_be_started_is_a_502_with_a_reason(start, tmp_path):
    script = tmp_path / "bootstrap"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)
    emulator = start(command=(str(script), "h"))
    for _ in range(2):
        reply = emulator.invoke()
        assert reply.status == 502
        assert set(reply.json()) == {"errorType", "errorMessage"}


@pytest.mark.fixed
def test_an_entrypoint_that_goes_away_after_the_start_is_a_502_and_one_that_comes_back_works(start, tmp_path):
    script = tmp_path / "bootstrap"
    script.symlink_to(PUPPET[0])
    emulator = start(command=(str(script), "h"))
    script.unlink()
    reply = emulator.invoke()
    assert reply.status == 502
    assert set(reply.json()) == {"errorType", "errorMessage"}
    script.symlink_to(PUPPET[0])
    caller = emulator.begin()
    emulator.wait_for_start()
    runtime = Puppet(emulator)
    runtime.respond(runtime.next_id(), b"[1]")
    assert caller.reply().body == b"[1]"


@pytest.mark.kept
def test_a_runtime_whose_init_fails_once_works_at_the_next_invoke(start, tmp_path):
    flag = tmp_path / "failed-before"
    script = tmp_path / "bootstrap"
    script.write_text(f'#!/bin/sh\n[ -e "{flag}" ] || exit 1\nexec "{PUPPET[0]}"\n')
    script.chmod(0o755)
    emulator = start(command=(str(script), "h"))
    assert emulator.invoke().status == 502
    flag.touch()
    caller = emulator.begin()
    emulator.wait_for_start()
    runtime = Puppet(emulator)
    runtime.respond(runtime.next_id(), b"[1]")
    runtime.ask_next()
    assert caller.reply().body == b"[1]"


# --- time runs out ----------------------------------------------------------------------------------------------------

ONE_SECOND = {"AWS_LAMBDA_FUNCTION_TIMEOUT": "1"}


@pytest.mark.kept
def test_a_timeout_is_a_200_with_a_text(start):
    emulator = start(environment=ONE_SECOND)
    before = time.monotonic()
    reply = emulator.invoke(do(["hang"]))
    assert (reply.status, reply.body) == (200, b"Task timed out after 1.00 seconds")
    assert time.monotonic() - before >= 1.0


# Right after a timeout the incumbent's next answer is sometimes a 502.
@pytest.mark.thimble
def test_the_invoke_right_after_a_timeout_works(start):
    emulator = start(environment=ONE_SECOND)
    assert emulator.invoke(do(["hang"])).body == b"Task timed out after 1.00 seconds"
    assert_goes_on(emulator)
    assert len(emulator.starts()) == 2


@pytest.mark.fixed
def test_a_timeout_is_a_function_error(start):
    reply = start(environment=ONE_SECOND).invoke(do(["hang"]))
    assert reply.header("X-Amz-Function-Error") == "Unhandled"


@pytest.mark.fixed
def test_in_the_cloud_a_timeout_is_a_200_with_json(start):
    emulator = start(environment=ONE_SECOND)
    reply = emulator.function(b"hello", do(["hang"]))
    assert reply.status == 200
    assert reply.header("X-Amz-Function-Error") == "Unhandled"
    assert reply.json() == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {reply.header('X-Amzn-RequestId')} Error: Task timed out after 1.00 seconds",
    }
    assert_goes_on(emulator)


@pytest.mark.kept
def test_an_init_that_takes_too_long_is_a_timeout(start):
    reply = start(environment=ONE_SECOND, init=[["hang"]]).invoke()
    assert (reply.status, reply.body) == (200, b"Task timed out after 1.00 seconds")


@pytest.mark.kept
def test_a_runtime_that_ignores_signals_is_ended_by_the_timeout_all_the_same(start, tmp_path):
    emulator = start(environment=ONE_SECOND)
    reply = emulator.invoke(do(["ignore", 15], ["ignore", 2], ["child", str(tmp_path / "child")], ["hang"]))
    assert reply.body == b"Task timed out after 1.00 seconds"
    processes = [emulator.starts()[0], int((tmp_path / "child").read_text())]
    wait_until(lambda: not any(map(alive, processes)), "the end of the runtime and its child")


@pytest.mark.kept
def test_the_seconds_of_the_timeout_are_in_the_text(start):
    reply = start(environment={"AWS_LAMBDA_FUNCTION_TIMEOUT": "2"}).invoke(do(["hang"]))
    assert reply.body == b"Task timed out after 2.00 seconds"


@pytest.mark.kept
def test_a_timeout_of_0_seconds_is_over_at_once(start):
    reply = start(environment={"AWS_LAMBDA_FUNCTION_TIMEOUT": "0"}).invoke(do(["hang"]))
    assert (reply.status, reply.body) == (200, b"Task timed out after 0.00 seconds")


@pytest.mark.fixed
def test_the_time_in_the_queue_does_not_count(start):
    emulator = start(environment=ONE_SECOND)
    callers = [emulator.begin(do(["burn", 600], ["respond", str(number)])) for number in range(3)]
    assert sorted(caller.reply().body for caller in callers) == [b"0", b"1", b"2"]
    assert len(emulator.starts()) == 1


@pytest.mark.fixed
@pytest.mark.parametrize("way", [["--no-timeout"], []], ids=["flag", "variable"])
def test_without_a_timeout_the_function_may_take_as_long_as_it_likes(start, tmp_path, way):
    file = tmp_path / "go-on"
    emulator = start(*way, environment={**ONE_SECOND, **({} if way else {"THIMBLE_NO_TIMEOUT": "1"})})
    caller = emulator.begin(do(["await", str(file)], ["respond", "[1]"]))
    emulator.wait_for_note()
    begun = time.monotonic()
    wait_until(lambda: caller.answered() or time.monotonic() > begun + 1.5, "one and a half seconds to pass")
    file.touch()
    reply = caller.reply()
    assert (reply.status, reply.body) == (200, b"[1]")
    assert len(emulator.starts()) == 1


@pytest.mark.thimble
def test_an_answer_in_time_after_a_timeout_is_not_cut_short(start):
    emulator = start(environment=ONE_SECOND)
    assert emulator.invoke(do(["hang"])).body.startswith(b"Task timed out")
    assert emulator.invoke(do(["burn", 400], ["respond", "[1]"])).body == b"[1]"
    assert emulator.invoke(do(["burn", 700], ["respond", "[2]"])).body == b"[2]"


# --- fidelity forced --------------------------------------------------------------------------------------------------


@pytest.mark.fixed
@pytest.mark.parametrize("way", [["--fidelity", "cloud"], ["--fidelity=cloud"], []], ids=["flag", "joined", "variable"])
def test_fidelity_cloud_answers_the_incumbent_s_path_as_the_cloud_does(start, way):
    emulator = start(*way, environment={} if way else {"THIMBLE_FIDELITY": "cloud"})
    reply = emulator.invoke(do(["exit", 1]))
    assert reply.status == 200
    assert reply.header("X-Amz-Function-Error") == "Unhandled"
    assert_exit_error(reply, "Runtime exited with error: exit status 1")
    reply = emulator.invoke(headers=[(b"X-Amz-Client-Context", b"%%%")])
    assert (reply.status, reply.header("x-amzn-ErrorType")) == (400, "InvalidRequestContentException")


@pytest.mark.fixed
@pytest.mark.parametrize("way", [["--fidelity", "rie"], []], ids=["flag", "variable"])
def test_fidelity_rie_answers_every_name_as_the_incumbent_answers_its_own(start, way):
    emulator = start(*way, environment={**ONE_SECOND, **({} if way else {"THIMBLE_FIDELITY": "rie"})})
    reply = emulator.function(b"hello", do(["exit", 1]))
    assert reply.status == 502
    assert_exit_error(reply, "Runtime exited with error: exit status 1")
    assert reply.header("X-Amz-Function-Error") == "Unhandled"
    reply = emulator.function(b"hello", do(["hang"]))
    assert (reply.status, reply.body) == (200, b"Task timed out after 1.00 seconds")
    reply = emulator.function(b"hello", headers=[(b"X-Amz-Client-Context", b"%%%")])
    assert (reply.status, reply.body) == (500, b"")


@pytest.mark.fixed
def test_a_fidelity_flag_beats_its_variable(start):
    emulator = start("--fidelity", "cloud", environment={"THIMBLE_FIDELITY": "rie"})
    assert emulator.invoke(do(["exit", 1])).status == 200
    assert emulator.function(b"hello", do(["exit", 1])).status == 200
