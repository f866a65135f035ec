"""The examples in C++, static, as `make build` leaves them. EMULATOR may be the public emulator, but for the extension."""

import json
import re

import pytest

from clients import with_curl
from runtimes import CPP_PROGRAMS, EXAMPLES


def event_and_answer(example, name):
    """(the event's bytes, the answer expected)."""
    events = EXAMPLES / f"cpp-{example}/events"
    return (events / f"{name}.json").read_bytes(), json.loads((events / f"{name}.expected.json").read_text())


@pytest.fixture
def start_cpp(start):
    """start_cpp(example, flags...): an emulator with that example in C++."""

    def start_cpp(example, *flags, **options):
        return start((CPP_PROGRAMS / f"cpp-{example}",), EXAMPLES / f"cpp-{example}", *flags, **options)

    return start_cpp


@pytest.mark.parametrize("example, name", [("echo", "echo"), ("sqs", "orders")])
def test_an_example_answers_its_event_as_it_promises(start_cpp, example, name):
    event, expected = event_and_answer(example, name)
    emulator = start_cpp(example)
    for _ in range(3):
        answer = with_curl(emulator, "function", event)
        assert (answer.status, answer.error) == (200, None)
        assert answer.json() == expected


def test_the_echo_is_the_event_s_own_bytes(start_cpp):
    event, _ = event_and_answer("echo", "echo")
    emulator = start_cpp("echo")
    for payload in (event, b'{ "spaces" :  1 }', b'"' + b"6 MB " * 1_200_000 + b'"'):
        assert with_curl(emulator, "function", payload).body == payload


def test_the_stream_is_a_head_eight_zeros_and_the_lines(start_cpp):
    event, expected = event_and_answer("stream", "squares")
    answer = with_curl(start_cpp("stream"), "function", event)
    head, body = answer.body.split(bytes(8))
    assert json.loads(head) == expected["head"]
    assert body.decode() == expected["body"]


def test_the_order_taker_logs_what_it_took_and_refused(start_cpp):
    event, _ = event_and_answer("sqs", "orders")
    emulator = start_cpp("sqs", environment={"AWS_LAMBDA_LOG_FORMAT": "JSON"})
    assert with_curl(emulator, "function", event).error is None
    emulator.stop()
    records = [json.loads(line) for line in emulator.stdout.splitlines() if line.startswith(b'{"timestamp"')]
    assert [(one["level"], one["message"]) for one in records] == [
        ("INFO", "order taken"),
        ("WARN", "order refused"),
        ("WARN", "order refused"),
    ]
    assert (records[0]["order"], records[0]["quantity"]) == ("17", 2)
    assert len({one["requestId"] for one in records}) == 1


def test_the_extension_says_how_long_the_invocations_took(start_cpp, tmp_path):
    folder = tmp_path / "extensions"
    folder.mkdir()
    (folder / "cpp-extension").symlink_to(CPP_PROGRAMS / "cpp-extension")
    event, _ = event_and_answer("echo", "echo")
    emulator = start_cpp("echo", "--extensions-dir", str(folder))
    for _ in range(3):
        assert with_curl(emulator, "function", event).error is None
    emulator.stop()
    told = re.search(
        rb"\[INFO\]\t\S+\t\tdurations reason=spindown invocations=3 total_ms=([0-9.]+) longest_ms=([0-9.]+)\n",
        emulator.stdout,
    )
    assert told, emulator.stderr
    assert 0 < float(told[2]) <= float(told[1])
