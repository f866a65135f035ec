"""The emulator as process 1 of a container: it reaps what others leave."""

import os

import pytest

from support.emulator import do, unshared
from support.processes import children, zombies_of
from support.waiting import wait_until

FIRST = unshared("--pid", "--fork", "--mount-proc")


@pytest.mark.kept
def test_as_process_1_it_serves(start):
    emulator = start(wrapper=FIRST)
    assert emulator.invoke(b"1").body == b"1"
    assert emulator.invoke(do(["report"])).json()["pid"] < 100


@pytest.mark.fixed
def test_orphans_are_reaped(start):
    emulator = start(wrapper=FIRST)
    assert emulator.invoke(do(["orphans", 200], ["respond", "1"])).body == b"1"
    wait_until(lambda: len(children(emulator.pid)) == 1, "only the runtime to be left of 200 orphans")
    assert zombies_of(emulator.pid) == []
    assert emulator.invoke(b"2").body == b"2"


@pytest.mark.kept
def test_a_dead_runtime_is_reaped(start):
    emulator = start(wrapper=FIRST)
    for _ in range(5):
        assert emulator.invoke(do(["exit", 1])).status == 502
    emulator.invoke(b"1")
    wait_until(lambda: zombies_of(emulator.pid) == [], "no dead runtime to be left")


@pytest.mark.fixed
def test_the_children_of_a_dead_runtime_are_killed_and_reaped(start, tmp_path):
    emulator = start(wrapper=FIRST)
    assert emulator.invoke(do(["child", str(tmp_path / "child")], ["exit", 1])).status == 502
    emulator.invoke(b"1")
    wait_until(lambda: len(children(emulator.pid)) == 1, "only the new runtime to be left")


@pytest.mark.kept
def test_a_runtime_s_own_children_are_left_to_it(start):
    # The payload waits for its children by process id: had another reaped them, it would fail.
    emulator = start(wrapper=FIRST)
    assert emulator.invoke(do(["orphans", 20], ["respond", "1"])).body == b"1"
    assert len(emulator.starts()) == 1


@pytest.mark.kept
def test_descriptors_do_not_add_up(emulator):
    def descriptors():
        return len(os.listdir(f"/proc/{emulator.pid}/fd"))

    for _ in range(3):
        emulator.invoke(do(["exit", 1]))
        emulator.invoke(b"1")
    before = descriptors()
    for _ in range(15):
        emulator.invoke(do(["exit", 1]))
        emulator.invoke(b"1")
    wait_until(lambda: descriptors() <= before + 2, f"no more than about {before} descriptors")
