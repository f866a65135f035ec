"""Builds Thimble and its users' programs, each in a folder of its own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONSUMER = Path(__file__).parent / "consumer"

# What a user would be told about the headers.
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]

# zig is found as a user's would be, in the python3 on PATH; what musl and libc++ were compiled to is at hand.
_ZIG_CACHE = str(ROOT / "build/zig/cache")
ENVIRONMENT = {
    **os.environ,
    "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    "ZIG_GLOBAL_CACHE_DIR": _ZIG_CACHE,
    "ZIG_LOCAL_CACHE_DIR": _ZIG_CACHE,
}


def run(*words, environment=None, **options):
    """Runs a command that must succeed and returns what it wrote to stdout."""
    done = attempt(*words, environment=environment, **options)
    assert done.returncode == 0, f"{' '.join(map(str, words))}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout


def attempt(*words, environment=None, **options):
    """Runs a command and returns how it ended."""
    environment = {**ENVIRONMENT, **(environment or {})}
    return subprocess.run(list(map(str, words)), env=environment, capture_output=True, text=True, timeout=300, **options)


def configure(source, folder, *flags, environment=None):
    """Runs cmake and returns how it ended."""
    return attempt("cmake", "-S", source, "-B", folder, "-G", "Ninja", *flags, environment=environment)


def build_consumer(folder, how, *flags, programs=("hello", "typed")):
    """Builds the users' project, which gets Thimble by `how`; returns the folder with its programs."""
    done = configure(CONSUMER, folder, f"-DTHIMBLE_BY={how}", f"-DTHIMBLE={ROOT}", *flags)
    assert done.returncode == 0, done.stdout + done.stderr
    run("cmake", "--build", folder, "--target", *programs)
    return folder


def install(folder, *flags):
    """Installs the libraries for handlers into a prefix that is moved afterwards, and returns it."""
    run("cmake", "--preset", "libraries", "-B", folder / "build", *flags, cwd=ROOT)
    run("cmake", "--build", folder / "build")
    run("cmake", "--install", folder / "build", "--prefix", folder / "installed")
    return (folder / "installed").rename(folder / "moved")


def pkg_config(prefix, *words):
    return run("pkg-config", *words, environment={"PKG_CONFIG_PATH": prefix / "lib/pkgconfig"}).split()


def compile_with(compiler, prefix, source, program, *flags):
    """Compiles one file with a plain call of the compiler; returns the program."""
    libraries = ["thimble-ric", "thimble-events", "thimble-small"] if source.name == "typed.cc" else ["thimble-ric"]
    found = pkg_config(prefix, "--cflags", "--libs", *libraries)
    run(compiler, "-std=c++23", "-O1", *WARNINGS, *flags, source, *found, "-o", program)
    return program
