"""Rules for every text file."""

import re

import pytest
from tree import ROOT, files, is_text, read

TEXTS = [path for path in files() if is_text(path)]
MARKDOWN = files(".md")

# In pieces, or this file would break its own rules.
UNFINISHED = re.compile(r"TODO" + r"\((now|security)\)|FIX" + r"ME|\bXX" + r"X\b")
PRIVATE = re.compile(r"/wo" + r"rk/|/ro" + r"ot/\.|\.\./sha" + r"red\b|/home/" + r"[a-z]")


def hits(pattern):
    return [
        f"{path}:{number}: {line.strip()}"
        for path in TEXTS
        for number, line in enumerate(read(path).splitlines(), 1)
        if pattern.search(line)
    ]


def test_nothing_is_left_unfinished():
    assert not hits(UNFINISHED)


def test_no_path_of_a_private_machine():
    assert not hits(PRIVATE)


def test_lines_end_cleanly():
    wrong = [str(path) for path in TEXTS if (text := read(path)) and (not text.endswith("\n") or "\r" in text)]
    assert not wrong, "a file ends with a line feed and has no carriage returns"


def test_no_white_space_at_the_end_of_a_line():
    lines = [hit for hit in hits(re.compile(r"[ \t]$")) if ".md:" not in hit]
    assert not lines


@pytest.mark.parametrize("path", MARKDOWN, ids=str)
def test_links_lead_somewhere(path):
    text = re.sub(r"```.*?```|`[^`\n]*`", "", read(path), flags=re.S)
    targets = re.findall(r"\]\(([^)\s]+)\)", text)
    relative = [target.split("#")[0] for target in targets if not re.match(r"[a-z]+:", target)]
    missing = [target for target in relative if target and not (ROOT / path.parent / target).exists()]
    assert not missing


@pytest.mark.parametrize("path", MARKDOWN, ids=str)
def test_make_targets_in_prose_exist(path):
    targets = set(re.findall(r"^([a-z][a-z-]*):", read("Makefile"), flags=re.M))
    named = set(re.findall(r"(?:^|`)make ([a-z][a-z-]*)", read(path), flags=re.M))
    assert named <= targets
