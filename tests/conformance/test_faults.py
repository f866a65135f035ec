"""Full disks, floods and readers that do not read: what is around the function goes wrong, and it is answered."""

import base64
import json
import re

import pytest

from support.emulator import do, unshared
from support.extensions import ExtensionFolder, ExtensionPuppet
from support.http1 import request
from support.listener import HttpListener
from support.processes import rss
from support.waiting import wait_until

pytestmark = pytest.mark.thimble

MEGABYTE = 1024 * 1024
TAIL = [(b"X-Amz-Log-Type", b"Tail")]
LOST = b"[WARNING] (rapid) stdout: No space left on device, output is lost\n"


def under_shell(script, *namespaces):
    """A wrapper: `script` is a shell's, and "$@" in it is the emulator."""
    words = unshared(*namespaces) if namespaces else ()
    return (*words, "/bin/sh", "-c", script, "sh")


# --- full disks -------------------------------------------------------------------------------------------------------


def test_a_full_disk_under_stdout_is_told_once_and_everybody_is_answered(start):
    emulator = start(wrapper=under_shell('exec "$@" >/dev/full'))
    for number in range(5):
        reply = emulator.invoke(do(["out", "hello\n"], ["respond", str(number)]), headers=TAIL)
        assert (reply.status, reply.body) == (200, b"%d" % number)
        # What the disk has no room for, the caller can still have.
        assert b"\nhello\nEND " in base64.b64decode(reply.header("X-Amz-Log-Result"))
    emulator.wait_for_stderr(re.escape(LOST))
    emulator.stop()
    assert emulator.stderr.count(LOST) == 1
    assert emulator.stdout == b""
    assert len(emulator.starts()) == 1


@pytest.mark.parametrize("streams", ["2>/dev/full", ">/dev/full 2>&1"], ids=["stderr", "both"])
def test_a_full_disk_under_stderr_stops_nobody(start, streams):
    emulator = start(wrapper=under_shell(f'exec "$@" {streams}'))
    for number in range(5):
        assert emulator.invoke(do(["out", "x" * 5000], ["respond", str(number)])).body == b"%d" % number
    assert emulator.invoke(do(["exit", 1])).status == 502
    assert emulator.invoke(b"[1]").body == b"[1]"


def test_a_flood_onto_a_full_disk_holds_back_nobody(start):
    emulator = start(wrapper=under_shell('exec "$@" >/dev/full'))
    assert emulator.invoke(do(["out-repeated", "x" * 99 + "\n", 200_000], ["respond", "1"])).body == b"1"
    assert emulator.invoke(b"[2]").body == b"[2]"


def test_when_there_is_room_again_output_goes_on_and_the_loss_is_counted(start, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    script = f'mount -t tmpfs -o size=256k none "{disk}" && exec "$@" >"{disk}/log"'
    emulator = start(wrapper=under_shell(script, "--mount"))
    inside = f"/proc/{emulator.pid}/root{disk}"
    assert emulator.invoke(do(["out", "before\n"], ["respond", "1"])).body == b"1"
    with open(f"{inside}/ballast", "wb", buffering=0) as ballast:
        with pytest.raises(OSError, match="No space left"):
            while True:
                ballast.write(bytes(4096))
    # The last page of the log has some room yet.
    assert emulator.invoke(do(["out-repeated", "lost\n", 2000], ["respond", "2"])).body == b"2"
    emulator.wait_for_stderr(re.escape(LOST))
    open(f"{inside}/ballast", "wb").close()

    def tells_of_room():
        assert emulator.invoke(do(["out", "after\n"], ["respond", "3"])).body == b"3"
        return re.search(rb"stdout: there is room again, (\d+) bytes of output were lost\n", emulator.stderr)

    assert int(wait_until(tells_of_room, "output to go on")[1]) > 5000

    def log():
        with open(f"{inside}/log", "rb") as file:
            return file.read()

    assert b"\nbefore\nEND RequestId: " in log()
    assert emulator.invoke(do(["out", "last\n"], ["respond", "4"])).body == b"4"
    wait_until(lambda: re.search(rb"\nlast\nEND RequestId: [^\n]*\nREPORT ", log()), "the last of the log")
    assert emulator.stderr.count(LOST) == 1


def test_a_limit_on_the_size_of_files_is_a_full_disk(start):
    emulator = start(wrapper=under_shell('ulimit -f 8 && exec "$@"'))
    for number in range(3):
        assert emulator.invoke(do(["out-repeated", "x", 10_000], ["respond", str(number)])).body == b"%d" % number
    emulator.wait_for_stderr(rb"stdout: File too large, output is lost\n")


# --- floods and readers that do not read ------------------------------------------------------------------------------


@pytest.fixture
def extensions(tmp_path):
    return ExtensionFolder(tmp_path)


def test_a_hundred_megabytes_of_an_extension_all_arrive_while_invocations_are_answered(start, extensions):
    extensions.add("flood", ["register", []], ["ask"], ["flood", 100], ["note", "done"], ["hang"])
    emulator = start(*extensions.flags)
    assert emulator.invoke(b"[0]").body == b"[0]"
    before = rss(emulator.pid)
    for number in range(10):
        assert emulator.invoke(do(["out", f"number {number}\n"], ["respond", "1"])).body == b"1"
    extensions.wait_for("flood", "note")
    assert rss(emulator.pid) - before < 8 * MEGABYTE
    # In pieces: what others write may come in the middle of a line.
    wait_until(lambda: (emulator.folder / "stdout").stat().st_size > 100_000_000, "a hundred megabytes")
    assert emulator.stdout.count(b"~") == 99_000_000
    assert [b"number %d\n" % number in emulator.stdout for number in range(10)] == [True] * 10


def test_a_subscriber_that_never_reads_costs_bounded_memory_and_is_told_what_it_missed(start, tmp_path):
    go = tmp_path / "go"
    emulator = start(init=[["await", str(go)]])
    caller = emulator.begin(b"[0]")
    emulator.wait_for_start()
    extension = ExtensionPuppet(emulator, b"internal", [])
    listener = HttpListener()
    try:
        listener.may_read.clear()
        text = {
            "schemaVersion": "2022-12-13",
            "types": ["function"],
            "buffering": {"timeoutMs": 25, "maxItems": 1000, "maxBytes": 262144},
            "destination": listener.destination(),
        }
        who = [(b"Lambda-Extension-Identifier", extension.identifier)]
        extension.connection.send(request(b"PUT", b"/2022-07-01/telemetry", json.dumps(text).encode(), who))
        assert extension.connection.reply().status == 200
        extension.ask_next()
        go.touch()
        assert caller.reply().body == b"[0]"
        before = rss(emulator.pid)
        count = 100_000
        flood = do(["out-repeated", "y" * 99 + "\n", count // 10], ["respond", "1"])
        for _ in range(10):
            assert emulator.invoke(flood).body == b"1"
        assert rss(emulator.pid) - before < 8 * MEGABYTE
        listener.may_read.set()

        def told():
            records = listener.records()
            lines = sum(record["type"] == "function" for record in records)
            dropped = [r["record"]["droppedRecords"] for r in records if r["type"] == "platform.logsDropped"]
            return lines + sum(dropped) == count and dropped

        # The next record has room, and what was lost is told before it.
        wait_until(lambda: emulator.invoke(b"[1]").body == b"[1]" and told(), "every line, delivered or counted")
    finally:
        listener.close()
