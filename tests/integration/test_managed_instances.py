"""The concurrent modes of the real runtime interface clients, which AWS_LAMBDA_MAX_CONCURRENCY turns on."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from clients import with_boto3
from conftest import calls
from runtimes import CPP, GO, PYTHON, do

COUNT = 4


@pytest.fixture(params=[CPP, PYTHON, GO], ids=str)
def runtime(request):
    return request.param


@pytest.fixture
def start_managed(start_payload):
    def start_managed(**environment):
        return start_payload(environment={"AWS_LAMBDA_MAX_CONCURRENCY": str(COUNT), **environment})

    return start_managed


def meet(emulator, folder, count, together=COUNT):
    """So many invocations at the same time, each with its own name, that answer when so many of them run."""
    folder.mkdir()
    with ThreadPoolExecutor(count) as pool:
        names = [f"caller {number}" for number in range(count)]
        events = [do("meet", folder=str(folder), count=together, name=name) for name in names]
        answers = list(pool.map(lambda event: with_boto3(emulator, "hello", event), events))
    assert [answer.json()["name"] for answer in answers] == names
    return [answer.json() for answer in answers]


def test_invocations_run_at_the_same_time_and_each_caller_gets_its_own_answer(start_managed, runtime, tmp_path):
    emulator = start_managed()
    told = meet(emulator, tmp_path / "first", COUNT)
    assert len({one["requestId"] for one in told}) == COUNT
    # awslambdaric runs each in a process of its own, the others all in one.
    assert len({one["processId"] for one in told}) == (COUNT if runtime is PYTHON else 1)
    told = meet(emulator, tmp_path / "again", 25, together=COUNT)
    assert len(calls(emulator)) == COUNT + 25


def test_a_handler_s_error_is_one_invocation_s(start_managed, runtime, tmp_path):
    emulator = start_managed()
    for _ in range(2 * COUNT):
        failed = with_boto3(emulator, "hello", do("fail"))
        assert (failed.status, failed.error) == (200, "Unhandled")
        assert failed.json()["errorType"] == runtime.error_type
    assert len(meet(emulator, tmp_path / "then", COUNT)) == COUNT


def test_a_timeout_fails_one_invocation_and_kills_nothing(start_managed, tmp_path):
    emulator = start_managed(AWS_LAMBDA_FUNCTION_TIMEOUT="2")
    first = {one["processId"] for one in meet(emulator, tmp_path / "first", COUNT)}
    late = with_boto3(emulator, "hello", do("hang"))
    assert (late.error, late.json()["errorType"]) == ("Unhandled", "Sandbox.Timedout")
    rest = {one["processId"] for one in meet(emulator, tmp_path / "rest", COUNT - 1, together=COUNT - 1)}
    assert rest <= first
    assert b"SIGKILL" not in emulator.stderr


def test_a_runtime_that_is_killed_is_started_again(start_managed, tmp_path):
    emulator = start_managed()
    first = meet(emulator, tmp_path / "first", COUNT)
    os.killpg(os.getpgid(first[0]["processId"]), signal.SIGKILL)
    again = meet(emulator, tmp_path / "again", COUNT)
    assert not {one["processId"] for one in first} & {one["processId"] for one in again}
