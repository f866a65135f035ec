"""What the runtime prints reaches the emulator's stdout, byte for byte."""

import pytest

from support.emulator import do
from support.waiting import wait_until

EVERY_BYTE = "".join(map(chr, range(256)))


def between_start_and_end(emulator):
    """What stdout holds between the START line and the END line of the only invocation."""
    emulator.wait_for_stdout(rb"REPORT RequestId: ")
    after = emulator.stdout.split(b" Version: $LATEST\n", 1)[1]
    return after.split(b"END RequestId: ", 1)[0]


@pytest.mark.kept
@pytest.mark.parametrize("verb", ["out", "err"])
@pytest.mark.parametrize(
    "text",
    ["plain\n", "", "\x00\x00\n", EVERY_BYTE + "\n", "\xff\xfe not UTF-8\n", "a\r\nb\rc\n", "\x1b[31mred\x1b[0m\n"],
    ids=["plain", "empty", "nuls", "every-byte", "not-utf8", "carriage-returns", "escapes"],
)
def test_output_passes_byte_for_byte_to_stdout(emulator, verb, text):
    emulator.invoke(do([verb, text], ["respond", "1"]))
    assert between_start_and_end(emulator) == text.encode("latin-1")


@pytest.mark.kept
@pytest.mark.parametrize("verb", ["out", "err"])
def test_output_without_a_newline_at_its_end_gets_none(emulator, verb):
    emulator.invoke(do([verb, "no newline"], ["respond", "1"]))
    emulator.wait_for_stdout(rb" Version: \$LATEST\nno newlineEND RequestId: ")


@pytest.mark.kept
def test_a_line_of_a_megabyte_stays_one_line(emulator):
    emulator.invoke(do(["out-repeated", "x", 1_048_576], ["out", "\n"], ["respond", "1"]))
    assert between_start_and_end(emulator) == b"x" * 1_048_576 + b"\n"


@pytest.mark.kept
def test_ten_megabytes_of_lines_all_arrive(emulator):
    emulator.invoke(do(["out-repeated", "0123456789abcde\n", 655_360], ["respond", "1"]))
    assert between_start_and_end(emulator) == b"0123456789abcde\n" * 655_360


@pytest.mark.kept
def test_nothing_of_the_runtime_s_is_on_stderr(emulator):
    emulator.invoke(do(["err", "to stderr\n"], ["out", "to stdout\n"], ["respond", "1"]))
    assert b"to std" not in emulator.stderr
    assert sorted(between_start_and_end(emulator).splitlines()) == [b"to stderr", b"to stdout"]


@pytest.mark.kept
def test_output_of_init_comes_too(start):
    emulator = start(init=[["out", "in init\n"], ["err", "in init too\n"]])
    emulator.invoke()
    emulator.wait_for_stdout(rb"in init\n")
    emulator.wait_for_stdout(rb"in init too\n")


@pytest.mark.kept
def test_output_arrives_while_the_handler_still_runs(emulator, tmp_path):
    file = tmp_path / "go-on"
    caller = emulator.begin(do(["out", "early\n"], ["await", str(file)], ["out", "late\n"], ["respond", "1"]))
    emulator.wait_for_stdout(rb"early\n")
    assert b"late" not in emulator.stdout
    file.touch()
    assert caller.reply().body == b"1"
    assert between_start_and_end(emulator) == b"early\nlate\n"


@pytest.mark.fixed
def test_the_last_words_of_a_crash_come_before_its_end_line(emulator):
    emulator.invoke(do(["out-repeated", "x", 200_000], ["err", "\nlast\n"], ["exit", 1]))
    assert between_start_and_end(emulator) == b"x" * 200_000 + b"\nlast\n"


@pytest.mark.kept
def test_the_last_words_of_a_crash_are_not_lost(emulator):
    emulator.invoke(do(["out", "last words"], ["kill", 9]))
    wait_until(lambda: b"last words" in emulator.stdout, "the last words")


@pytest.mark.kept
def test_output_after_the_response_and_before_next_comes_before_end(emulator):
    emulator.invoke(do(["respond", "1"], ["out", "after\n"]))
    assert between_start_and_end(emulator) == b"after\n"
