"""Users' programs, made in every way the guide names, run by themselves and under the emulator."""

import json
import subprocess

import pytest

from building import CONSUMER, ROOT, build_consumer, compile_with, configure, run

QEMU = "/usr/bin/qemu-aarch64-static"

# What each program is asked, and what it must answer among other things.
PROGRAMS = {
    "hello": ({"name": "Anna"}, {"greeting": "Hello, Anna!", "base64": "QW5uYQ=="}),
    "typed": ({"queryStringParameters": {"name": "Anna"}}, {"statusCode": 200, "body": "Hello, Anna!"}),
}

COMPILERS = {
    "g++": ("g++",),
    "clang++": ("clang++-19",),
    "g++ -static": ("g++", "-static"),
    "g++ -fno-rtti": ("g++", "-fno-rtti"),
    "g++ -fno-exceptions": ("g++", "-fno-exceptions"),
}


def is_static(program):
    return "INTERP" not in run("readelf", "--program-headers", "--wide", program)


def assert_answers(command, name, invoke):
    """Runs the program with one event, and once more as a function."""
    event, expected = PROGRAMS[name]
    event = json.dumps(event).encode()

    alone = subprocess.run([*map(str, command), "--event", "-"], input=event, capture_output=True, timeout=60)
    assert alone.returncode == 0, alone.stderr
    for answer in (alone.stdout, invoke(tuple(map(str, command)), event)):
        assert expected.items() <= json.loads(answer).items()


@pytest.mark.parametrize("words", COMPILERS.values(), ids=COMPILERS)
@pytest.mark.parametrize("name", PROGRAMS)
def test_pkg_config(tmp_path, prefix, invoke, name, words):
    compiler, *flags = words
    program = compile_with(compiler, prefix, CONSUMER / f"{name}.cc", tmp_path / name, *flags)

    assert is_static(program) == ("-static" in flags)
    assert_answers([program], name, invoke)


@pytest.fixture(scope="module")
def found(tmp_path_factory, prefix):
    """The users' project with the installed libraries."""
    return build_consumer(tmp_path_factory.mktemp("found"), "find_package", f"-DCMAKE_PREFIX_PATH={prefix}")


@pytest.fixture(scope="module")
def fetched(tmp_path_factory):
    """The users' project with Thimble's sources as a part of it, in an older C++ of its own."""
    flags = ["-DCMAKE_CXX_STANDARD=17", "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_EXE_LINKER_FLAGS=-static"]
    return build_consumer(tmp_path_factory.mktemp("fetched"), "FetchContent", *flags, programs=["hello"])


@pytest.mark.parametrize("name", PROGRAMS)
def test_find_package(found, invoke, name):
    assert_answers([found / name], name, invoke)


def test_fetch_content(fetched, invoke):
    assert is_static(fetched / "hello")
    assert_answers([fetched / "hello"], "hello", invoke)


def test_as_a_part_of_a_project_it_brings_only_libraries(fetched):
    targets = run("cmake", "--build", fetched, "--target", "help")
    cache = (fetched / "CMakeCache.txt").read_text()

    assert "thimble_ric" in targets
    assert [one for one in ("thimble_http", "aws-lambda-rie", "thimble_json_test", "thimble_fuzz") if one in targets] == []
    assert "THIMBLE_BOOST_PARENT" not in cache and "GTest_DIR" not in cache


def test_static_with_zig(static_programs, invoke):
    assert is_static(static_programs / "hello")
    assert_answers([static_programs / "hello"], "hello", invoke)


@pytest.mark.parametrize("name", PROGRAMS)
def test_static_with_zig_for_aarch64(aarch64_programs, invoke, name):
    assert is_static(aarch64_programs / name)
    assert_answers([QEMU, aarch64_programs / name], name, invoke)


def test_an_example_is_a_project_of_its_own(tmp_path, prefix):
    example = ROOT / "examples/cpp-hello"
    configured = configure(example, tmp_path, f"-DCMAKE_PREFIX_PATH={prefix}")
    assert configured.returncode == 0, configured.stderr
    run("cmake", "--build", tmp_path)

    answer = run(tmp_path / "cpp-hello", "--event", example / "events/hello.json")
    assert json.loads(answer)["statusCode"] == 200
