"""What is installed, and that a prefix may be moved."""

import re
import stat

import pytest

from building import CONSUMER, ROOT, configure, pkg_config, run

LIBRARIES = ["base", "small", "wire", "json", "events", "ric", "router"]
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.M)

# What libs/base wraps.
OF_THE_SYSTEM = {"unistd.h"}


def files(prefix):
    return sorted(str(path.relative_to(prefix)) for path in prefix.rglob("*") if path.is_file())


def test_nothing_but_the_libraries_for_handlers_is_installed(prefix):
    headers = []
    for library in LIBRARIES:
        folder = ROOT / "libs" / library / "include"
        headers += [f"include/{path.relative_to(folder)}" for path in folder.rglob("*.h")]
    others = [name for name in files(prefix) if not name.startswith("include/")]
    with_code = [library for library in LIBRARIES if library != "wire"]

    assert [name for name in files(prefix) if name.startswith("include/")] == sorted(headers)
    assert sorted(others) == sorted(
        [f"lib/libthimble_{library}.a" for library in with_code]
        + [f"lib/pkgconfig/thimble-{library}.pc" for library in LIBRARIES]
        + [f"lib/cmake/thimble/thimble-{name}.cmake" for name in ("config", "config-version", "targets", "targets-release")]
        + ["lib/cmake/thimble/Compiler.cmake", "lib/cmake/thimble/expected.cc", "share/thimble/cmake/ZigMusl.cmake"]
    )


def test_headers_use_only_the_standard_library_and_each_other(prefix):
    wrong = []
    for path in (prefix / "include").rglob("*.h"):
        for include in INCLUDE.findall(path.read_text()):
            ours = include.startswith("thimble/") and (prefix / "include" / include).is_file()
            if not ours and not re.fullmatch(r"[a-z_]+", include) and include not in OF_THE_SYSTEM:
                wrong.append(f"{path}: {include}")
    assert wrong == []


def test_a_component_can_be_installed_alone(prefix, tmp_path):
    build = prefix.parent / "build"
    run("cmake", "--install", build, "--prefix", tmp_path / "headers", "--component", "headers")
    run("cmake", "--install", build, "--prefix", tmp_path / "libraries", "--component", "libraries")

    installed = files(tmp_path / "headers") + files(tmp_path / "libraries")
    assert sorted(installed) == files(prefix)
    assert {name.split("/")[0] for name in files(tmp_path / "headers")} == {"include"}


def test_no_path_of_the_machine_is_installed(prefix):
    paths = [str(path).encode() for path in (ROOT, prefix.parent)]
    assert [name for name in files(prefix) if any(path in (prefix / name).read_bytes() for path in paths)] == []


def test_pkg_config_names_the_libraries_in_the_order_a_linker_needs(prefix):
    found = [word for word in pkg_config(prefix, "--libs", "thimble-ric") if word.startswith("-l")]

    assert found == ["-lthimble_ric", "-lthimble_json", "-lthimble_base"]


@pytest.mark.parametrize("library", LIBRARIES)
def test_pkg_config_knows_the_version_of_every_library(prefix, library):
    version = re.search(r"^  VERSION (\S+)$", (ROOT / "CMakeLists.txt").read_text(), flags=re.M)[1]

    assert pkg_config(prefix, "--modversion", f"thimble-{library}") == [version]
    assert pkg_config(prefix, "--validate", f"thimble-{library}") == []


def find_package(folder, prefix, words):
    """Configures a project that says find_package(thimble WORDS), and returns how that ended."""
    (folder / "CMakeLists.txt").write_text(
        f"cmake_minimum_required(VERSION 3.25)\nproject(p LANGUAGES CXX)\nfind_package(thimble {words})\n"
    )
    return configure(folder, folder / "build", f"-DCMAKE_PREFIX_PATH={prefix}")


@pytest.mark.parametrize("words", ["0.1 REQUIRED", "REQUIRED COMPONENTS ric json"])
def test_find_package_takes_what_there_is(tmp_path, prefix, words):
    assert find_package(tmp_path, prefix, words).returncode == 0


@pytest.mark.parametrize(
    "words, why",
    [
        ("0.2 REQUIRED", 'compatible with requested version "0.2"'),
        ("0.0 REQUIRED", 'compatible with requested version "0.0"'),
        ("REQUIRED COMPONENTS ric emulator", "has no component 'emulator'"),
    ],
)
def test_find_package_refuses_what_there_is_not(tmp_path, prefix, words, why):
    done = find_package(tmp_path, prefix, words)

    assert done.returncode != 0
    assert why in " ".join(done.stderr.split())


def compiler(folder, words):
    """A compiler that is g++ with other words."""
    script = folder / "compiler"
    script.write_text(f'#!/bin/sh\nexec g++ "$@" {words}\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return script


OLD = {
    "an old GCC": ("-U__GNUC__ -D__GNUC__=11", "is GNU 11."),
    "an old library": ("-std=c++20", "has no std::expected"),
}


@pytest.mark.parametrize("words, why", OLD.values(), ids=OLD)
@pytest.mark.parametrize("how", ["find_package", "add_subdirectory"])
def test_a_compiler_that_is_too_old_is_told(tmp_path, prefix, how, words, why):
    flags = [f"-DTHIMBLE_BY={how}", f"-DTHIMBLE={ROOT}", f"-DCMAKE_PREFIX_PATH={prefix}"]
    done = configure(CONSUMER, tmp_path / "build", *flags, f"-DCMAKE_CXX_COMPILER={compiler(tmp_path, words)}")

    message = " ".join(done.stderr.split())
    assert done.returncode != 0
    assert "Thimble needs GCC 12 or newer, clang 19 or newer, or clang 16 or newer with libc++" in message
    assert why in message


def test_neither_boost_nor_googletest_is_looked_for(prefix):
    cache = (prefix.parent / "build/CMakeCache.txt").read_text()

    assert "THIMBLE_EMULATOR:BOOL=OFF" in cache
    assert "THIMBLE_BOOST_PARENT" not in cache and "GTest_DIR" not in cache
