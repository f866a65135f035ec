"""What a handler's log looks like, and where it goes."""

import json
import os
import re
import struct
import threading
import time

import pytest

from runtime_api import ACCEPTED, ID, event

LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"]
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


def log(peer, level="info", text="hello"):
    peer.invoke(f"log {level} {text}".encode())


def test_a_line_of_text(connect):
    program, peer = connect()
    log(peer, text="größer")
    text = program.stderr.decode()
    assert re.fullmatch(
        rf'\[INFO\]\t{TIME}\t{ID}\tgrößer count=3 ok=true share=0\.5 name="n"\r\n', text
    ), text


def test_line_ends_do_not_end_a_record(connect):
    program, peer = connect()
    log(peer, text="a\nb\r\nc")
    (line,) = program.stderr.split(b"\n")[:-1]
    assert b"\ta\rb\r\rc count" in line


@pytest.mark.parametrize("format_", ["JSON", "json"])
def test_a_json_object(connect, format_):
    program, peer = connect(AWS_LAMBDA_LOG_FORMAT=format_)
    log(peer, text="größer\n\"q\"")
    (line,) = program.stderr.decode().splitlines()
    told = json.loads(line)
    assert list(told) == ["timestamp", "level", "message", "requestId", "count", "ok", "share", "name"]
    assert re.fullmatch(TIME, told.pop("timestamp"))
    assert told == {
        "level": "INFO",
        "message": 'größer\n"q"',
        "requestId": ID,
        "count": 3,
        "ok": True,
        "share": 0.5,
        "name": '"n"\n',
    }
    assert "größer" in line


def test_a_handler_s_error_in_json(connect):
    program, peer = connect(AWS_LAMBDA_LOG_FORMAT="JSON")
    peer.invoke(b"fail App.Error no")
    told = json.loads(program.stderr)
    assert (told["level"], told["message"], told["requestId"]) == ("ERROR", "App.Error: no", ID)
    assert (told["errorType"], told["errorMessage"]) == ("App.Error", "no")


@pytest.mark.parametrize("format_", ["Text", "JSON"])
@pytest.mark.parametrize("least", [*LEVELS, None, "nonsense"])
def test_levels(connect, least, format_):
    environment = {"AWS_LAMBDA_LOG_LEVEL": least.upper()} if least else {}
    program, peer = connect(AWS_LAMBDA_LOG_FORMAT=format_, **environment)
    for level in LEVELS:
        log(peer, level)
    told = re.findall(r"\[(\w+)\]|\"level\":\"(\w+)\"", program.stderr.decode())
    expected = LEVELS[LEVELS.index(least) :] if least in LEVELS else LEVELS[2:]
    assert [a or b for a, b in told] == [level.upper() for level in expected]


class Frames:
    """The read end of the descriptor that frames are written to."""

    def __init__(self):
        self._read, self.write = os.pipe()
        self._data = bytearray()
        self._thread = threading.Thread(target=self._collect, daemon=True)
        self._thread.start()

    def _collect(self):
        while data := os.read(self._read, 65536):
            self._data += data
        os.close(self._read)

    def all(self):
        """(type, microseconds, text) of each, when nobody has the write end any more."""
        self._thread.join()
        frames, data = [], bytes(self._data)
        while data:
            type_, size, micros = struct.unpack(">IIQ", data[:16])
            assert len(data) >= 16 + size
            frames.append((type_, micros, data[16 : 16 + size]))
            data = data[16 + size :]
        return frames


@pytest.fixture
def framed(start, api):
    """framed(NAME=value...) is a program that writes frames, and the frames."""

    def framed(**environment):
        frames = Frames()
        program = start(_LAMBDA_TELEMETRY_LOG_FD=frames.write, pass_fds=[frames.write], **environment)
        os.close(frames.write)
        return program, frames

    return framed


@pytest.mark.parametrize(
    "format_, first", [("Text", 0xA55A0003), ("JSON", 0xA55A0002)], ids=["text", "json"]
)
def test_the_bytes_of_the_frames(framed, api, format_, first):
    program, frames = framed(AWS_LAMBDA_LOG_FORMAT=format_, AWS_LAMBDA_LOG_LEVEL="TRACE")
    peer = api.accept()
    before = time.time_ns() // 1000
    for level in LEVELS:
        log(peer, level, "größer\nthan")
    after = time.time_ns() // 1000
    program.process.kill()
    told = frames.all()
    assert [type_ for type_, _, _ in told] == [first + 4 * level for level in range(1, 7)]
    times = [micros for _, micros, _ in told]
    assert before <= times[0] and times == sorted(times) and times[-1] <= after
    for level, (_, _, text) in zip(LEVELS, told):
        assert not text.endswith(b"\n\n")
        if format_ == "JSON":
            assert json.loads(text)["message"] == "größer\nthan"
        else:
            assert text.decode().startswith(f"[{level.upper()}]\t") and "\tgrößer\nthan count=3" in text.decode()
    assert program.stderr == b""


def test_the_known_types(framed, api):
    program, frames = framed(AWS_LAMBDA_LOG_FORMAT="JSON")
    log(api.accept())
    program.process.kill()
    assert [type_ for type_, _, _ in frames.all()] == [0xA55A000E]


def test_the_descriptor_is_nobody_else_s(framed, api):
    """The variable is gone before anything is logged, so that the handler's children do not write there."""
    program, _ = framed(HANDLER="")
    peer = api.accept()
    assert peer.invoke(b"variable _LAMBDA_TELEMETRY_LOG_FD").body == b""
    flags = [
        line
        for fd in os.listdir(f"/proc/{program.pid}/fdinfo")
        for line in open(f"/proc/{program.pid}/fdinfo/{fd}")
        if line.startswith("flags:") and int(fd) > 2
    ]
    assert flags and all(int(line.split()[1], 8) & os.O_CLOEXEC for line in flags)


@pytest.mark.parametrize("value", ["x", "-1", "99", ""])
def test_a_descriptor_that_is_none(connect, value):
    program, peer = connect(_LAMBDA_TELEMETRY_LOG_FD=value)
    log(peer)
    assert program.stderr.startswith(b"[INFO]\t")


@pytest.mark.threads
def test_frames_of_several_are_not_mixed_up(framed, api):
    program, frames = framed(AWS_LAMBDA_MAX_CONCURRENCY=4)
    peers = [api.accept() for _ in range(4)]
    for number, peer in enumerate(peers):
        peer.expect_next()
        peer.send(event(b"log_large %d" % number, f"id-{number}"))
    for number, peer in enumerate(peers):
        peer.expect_response(f"id-{number}")
        peer.send(ACCEPTED)
    program.process.kill()
    told = frames.all()
    assert len(told) == 80
    for type_, _, text in told:
        assert type_ == 0xA55A000F
        _, _, request_id, text = text.split(b"\t")
        assert text == request_id[-1:] * 20000
