"""`thimble run` without an engine's help: what a function sees there, and what it leaves behind."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from build_support import SECONDS, THIMBLE, attempt, build, environment, write_files
from support.waiting import wait_until

ALONE = ["runc", "none"]

# What a shell alone can find out.
LOOK = """#!/bin/sh
if [ -e written ]; then echo "a file of the last time"; fi
if (: > written) 2>/dev/null; then echo "can write"; else echo "read-only"; fi
if (: > /tmp/file) 2>/dev/null; then echo "scratch space"; fi
if [ -s /etc/resolv.conf ]; then echo "names"; fi
while read -r key values; do
  case $key in Uid: | Gid:) echo "$key ${values%%\t*}";; esac
done < /proc/self/status
echo "A=$A $*"
"""


@pytest.fixture
def env(tmp_path):
    (tmp_path / "tmp").mkdir()
    return environment(tmp_path, TMPDIR=str(tmp_path / "tmp"))


@pytest.fixture
def image(tmp_path, env):
    """image(*arguments) builds one whose function looks around."""

    def image(*arguments, **files):
        project = write_files(tmp_path / "hello", {"look.sh": (LOOK, 0o755)} | files)
        build(project, "--command", "./look.sh", "--no-emulator", "-o", tmp_path / "image", *arguments, env=env)
        return tmp_path / "image"

    return image


def seen(engine, *arguments, env):
    done = attempt("run", "--engine", engine, *arguments, env=env)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("engine", ALONE)
def test_a_function_can_write_to_its_scratch_space_alone_and_finds_nothing_of_the_last_time(image, env, engine):
    layout = image("--user", "0")
    for _ in range(2):
        lines = seen(engine, layout, env=env)
        assert lines[:2] == ["read-only", "scratch space"]
    assert "a file of the last time" not in seen("runc" if engine == "none" else "none", layout, env=env)


@pytest.mark.parametrize("engine", ALONE)
def test_a_function_that_is_nobody_has_scratch_space_and_names_too(image, env, engine):
    lines = seen(engine, image(), env=env)
    assert "scratch space" in lines
    assert ("names" in lines) == (os.path.exists("/etc/resolv.conf") and os.path.getsize("/etc/resolv.conf") > 0)
    assert "Uid: 65532" in lines and "Gid: 65532" in lines


@pytest.mark.parametrize("engine", ALONE)
def test_names_of_users_and_groups_are_those_of_the_image(image, env, engine):
    files = {"passwd": "root:x:0:0::/:\napp:x:1234:99::/:\n", "group": "root:x:0:\nstaff:x:4321:app\n"}
    files["thimble.toml"] = '[image]\nadd = ["passwd:/etc/passwd", "group:/etc/group"]\n'
    for user, uid, gid in [("app:staff", 1234, 4321), ("app", 1234, 99), ("7:staff", 7, 4321), ("7:8", 7, 8)]:
        lines = seen(engine, image("--user", user, **files), env=env)
        assert f"Uid: {uid}" in lines and f"Gid: {gid}" in lines
    done = attempt("run", "--engine", engine, image("--user", "app:nobody", **files), env=env)
    assert done.returncode == 3 and "its /etc/group does not know" in done.stderr


def test_a_variable_takes_one_word(image, env):
    assert "A=1 more words" in seen("none", "-e", "A=1", image(), "more", "words", env=env)


def test_interrupted_while_an_engine_loads_the_image_it_leaves_nothing(image, env, tmp_path):
    layout = image()
    fifo, started = tmp_path / "fifo", tmp_path / "started"
    os.mkfifo(fifo)
    docker = f'#!/bin/sh\n[ "$1" = load ] || exit 0\n: > {started}\nread line < {fifo}\n'
    write_files(tmp_path / "bin", {"docker": (docker, 0o755)})
    words = list(map(str, [THIMBLE, "run", layout, "--engine", "docker"]))
    searched = f"{tmp_path}/bin:{env['PATH']}"
    # Who runs the tests in the background ignores SIGINT, and what they start would, too.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        running = subprocess.Popen(words, env=env | {"PATH": searched}, start_new_session=True, stderr=subprocess.PIPE)
    finally:
        signal.signal(signal.SIGINT, before)
    wait_until(started.exists, "the engine loads", SECONDS)
    assert list(Path(env["TMPDIR"]).iterdir())
    os.killpg(running.pid, signal.SIGINT)
    running.communicate(timeout=SECONDS)
    assert running.returncode == 130
    assert list(Path(env["TMPDIR"]).iterdir()) == []
