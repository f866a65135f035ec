"""Rules for the C++ sources that the compiler, clang-format and clang-tidy do not know."""

import os
import re
import subprocess

import pytest
from tree import ROOT, files, read

SOURCES = files(".cc", ".h")
HEADERS = files(".h")
LIBRARIES = sorted(path.parent.name for path in files("CMakeLists.txt") if path.parts[0] == "libs")

# Each of these makes a static program several hundred kilobytes larger.
HEAVY = {"iostream", "fstream", "sstream", "regex", "print"}
SMALL_LIBRARIES = {"base", "wire", "http", "ric", "emulator"}

# Far above what most files need; where a file goes past it, look for the second idea in it.
MOST_LINES = {".h": 400, ".cc": 800}

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.M)


def names(paths):
    return [str(path) for path in paths]


def declared(library: str, keyword: str) -> list[str]:
    """What libs/LIBRARY/CMakeLists.txt lists after `keyword`."""
    text = read(ROOT / "libs" / library / "CMakeLists.txt")
    match = re.search(rf"\b{keyword}\b([^A-Z)]*)", re.sub(r"#.*", "", text))
    return match.group(1).split() if match else []


def test_there_is_something_to_check():
    assert SOURCES and LIBRARIES


def test_clang_format_has_nothing_to_change():
    formatter = ROOT / "build/venv/bin/clang-format"
    result = subprocess.run(
        [formatter, "--dry-run", "-Werror", *names(SOURCES)], cwd=ROOT, capture_output=True, text=True
    )
    assert result.returncode == 0, "run tools/format:\n" + result.stderr[-3000:]


@pytest.mark.parametrize("path", HEADERS, ids=str)
def test_a_header_says_what_it_is_for(path):
    first, second, *_ = read(path).splitlines() + ["", ""]
    assert first == "#pragma once"
    assert re.match(r"// \S", second), "the second line is a comment that says what the file is for"


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_source_of_a_library_is_built(library):
    folder = ROOT / "libs" / library
    listed = {
        *(os.path.normpath(f"include/thimble/{library}/{name}") for name in declared(library, "HEADERS")),
        *(f"src/{name}" for name in declared(library, "SOURCES") + declared(library, "TESTS")),
    }
    there = {str((ROOT / path).relative_to(folder)) for path in SOURCES if path.parts[:2] == ("libs", library)}
    assert there == listed


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_includes_only_what_it_says_it_uses(library):
    allowed = {library, *declared(library, "USES")}
    wrong = [
        f"{path}: {include}"
        for path in SOURCES
        if path.parts[:2] == ("libs", library)
        for include in INCLUDE.findall(read(path))
        if include.startswith("thimble/") and include.split("/")[1] not in allowed
    ]
    assert not wrong, f"'{library}' says that it uses {sorted(allowed - {library})}"


@pytest.mark.parametrize("library", LIBRARIES)
def test_public_headers_show_no_third_party_code(library):
    wrong = [
        f"{path}: {include}"
        for path in HEADERS
        if path.parts[:3] == ("libs", library, "include")
        for include in INCLUDE.findall(read(path))
        if re.match(r"(boost|curl|openssl|archive|libelf|CLI|toml\+\+)[/.]", include)
    ]
    assert not wrong


def test_a_result_cannot_be_dropped():
    """std::expected is not [[nodiscard]] in every library, so each function that returns one is."""
    wrong = [
        f"{path}: {line.strip()}"
        for path in HEADERS
        for line in read(path).splitlines()
        if re.match(r"\s*((static|virtual|inline|friend) )*Result<.*>\s+\w+\(", line)
    ]
    assert not wrong


def test_small_libraries_do_without_heavy_headers():
    wrong = [
        f"{path}: <{include}>"
        for path in SOURCES
        if path.parts[0] == "libs" and path.parts[1] in SMALL_LIBRARIES and not path.name.endswith("_test.cc")
        for include in INCLUDE.findall(read(path))
        if include in HEAVY
    ]
    assert not wrong


def test_lambdas_do_not_copy_whatever_they_see():
    wrong = [str(path) for path in SOURCES if re.search(r"\[=[\],]", read(path))]
    assert not wrong, "say what a lambda captures, not [=]"


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_a_file_is_not_too_long(path):
    most = 2 * MOST_LINES[path.suffix] if path.name.endswith("_test.cc") else MOST_LINES[path.suffix]
    assert len(read(path).splitlines()) <= most
