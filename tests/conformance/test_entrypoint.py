"""The same program called `lambda-entrypoint`: in Lambda it becomes the handler at once, elsewhere it emulates."""

import re
import subprocess

import pytest

from support.emulator import BINARY, base_environment, do, run
from support.waiting import Deadline

pytestmark = pytest.mark.thimble

# What the C library may do before main(), and what finding out one's own name may take.
START_UP_CALLS = {
    "arch_prctl",
    "set_tid_address",
    "rt_sigprocmask",
    "rt_sigaction",
    "prlimit64",
    "readlink",
    "readlinkat",
    "brk",
    "mprotect",
    "mmap",
    "munmap",
    "set_robust_list",
    "rseq",
    "getrandom",
    "poll",
    "ppoll",
    "sched_getaffinity",
}


@pytest.fixture
def entrypoint(tmp_path):
    link = tmp_path / "lambda-entrypoint"
    link.symlink_to(BINARY)
    return link


@pytest.fixture
def in_lambda():
    return {"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9"}


def test_in_lambda_it_becomes_its_arguments(entrypoint, in_lambda, tmp_path):
    ended = run(
        tmp_path / "run",
        "sh",
        "-c",
        'echo "$0" "$@"; exit 7',
        "one",
        "two words",
        binary=entrypoint,
        environment=in_lambda,
    )
    assert (ended.code, ended.stdout, ended.stderr) == (7, b"one two words\n", b"")


def test_in_lambda_the_process_id_stays_the_same(entrypoint, in_lambda, tmp_path):
    folder = tmp_path / "run"
    wrapper = ("sh", "-c", 'echo $$; exec "$@"', "same")
    ended = run(folder, "sh", "-c", "echo $$", binary=entrypoint, environment=in_lambda, wrapper=wrapper)
    before, after = ended.stdout.split()
    assert before == after


def test_in_lambda_the_environment_is_passed_on_untouched(entrypoint, in_lambda, tmp_path):
    environment = {**in_lambda, "_X": "a=b", "EMPTY": "", "AWS_REGION": "eu-west-1"}
    ended = run(tmp_path / "run", "/usr/bin/env", "-0", binary=entrypoint, environment=environment)
    assert sorted(filter(None, ended.stdout.split(b"\0"))) == sorted(
        f"{name}={value}".encode() for name, value in {**base_environment(), **environment}.items()
    )


def test_in_lambda_flags_of_the_emulator_are_the_handler_s(entrypoint, in_lambda, tmp_path):
    ended = run(tmp_path / "run", "echo", "--log-level", "debug", "--help", binary=entrypoint, environment=in_lambda)
    assert (ended.code, ended.stdout) == (0, b"--log-level debug --help\n")


def test_in_lambda_a_command_that_is_not_there_is_one_line_and_a_failure(entrypoint, in_lambda, tmp_path):
    ended = run(tmp_path / "run", "/no/such/command", "app.handler", binary=entrypoint, environment=in_lambda)
    ended.assert_one_line(b"/no/such/command")


@pytest.mark.static
@pytest.mark.parametrize("command", [["/bin/true"], ["true", "app.handler"]])
def test_in_lambda_nothing_happens_between_its_start_and_the_handler_s(entrypoint, in_lambda, tmp_path, command):
    log = tmp_path / "strace"
    ended = subprocess.run(
        ["strace", "-f", "-o", log, str(entrypoint), *command],
        env={**base_environment(), **in_lambda},
        timeout=Deadline.seconds,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    calls = []
    succeeded = 0
    for line in log.read_text().splitlines():
        match = re.match(r"\d+ +(?:<\.\.\. )?(\w+)", line)
        assert match, line
        if match[1] == "execve":
            succeeded += line.endswith("= 0")
            # execvp tries the folders of PATH one after another.
            assert line.endswith("= 0") or "ENOENT" in line, line
        elif succeeded == 1:
            calls.append(match[1])
        if succeeded == 2:
            break
    assert succeeded == 2, log.read_text()
    assert set(calls) <= START_UP_CALLS, sorted(set(calls) - START_UP_CALLS)
    assert len(calls) <= 30, calls


def test_elsewhere_it_emulates(start, entrypoint):
    emulator = start(binary=entrypoint)
    assert emulator.invoke(b"1").body == b"1"


def test_elsewhere_the_handler_finds_the_emulator_s_runtime_api(start, entrypoint):
    emulator = start(binary=entrypoint)
    seen = emulator.invoke(do(["report"])).json()["environment"]
    assert seen["AWS_LAMBDA_RUNTIME_API"] == f"127.0.0.1:{emulator.runtime_port}"
