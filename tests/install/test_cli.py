"""The command line tool, installed and then moved: it finds the emulators and the libraries beside it."""

import hashlib
import os
import subprocess
import tarfile

import pytest

from building import ROOT, attempt, run

MACHINE = os.uname().machine
HANDLER = ROOT / "build/bin/cpp-hello"


@pytest.fixture(scope="module")
def moved(tmp_path_factory):
    """Where the tool is, which was somewhere else when it was installed."""
    folder = tmp_path_factory.mktemp("cli")
    run("cmake", "--install", ROOT / "build/cli", "--prefix", folder / "before")
    return (folder / "before").rename(folder / "after")


@pytest.fixture
def environment(tmp_path):
    return {"THIMBLE_CACHE_DIR": str(tmp_path / "cache"), "THIMBLE_SHARE_DIR": ""}


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "hello"
    folder.mkdir()
    (folder / "hello").write_bytes(HANDLER.read_bytes())
    (folder / "hello").chmod(0o755)
    return folder


def digest(thimble, project, environment, *flags):
    return run(thimble, "build", project, "--command", "./hello", *flags, environment=environment)


def test_the_emulators_are_beside_the_tool(moved, project, environment):
    assert (moved / f"share/thimble/{MACHINE}/aws-lambda-rie").read_bytes() == (ROOT / "build/bin/aws-lambda-rie").read_bytes()
    assert (moved / "share/thimble/aarch64/aws-lambda-rie").exists()
    assert digest(moved / "bin/thimble", project, environment) == digest(ROOT / "build/bin/thimble", project, environment)


def test_without_them_it_says_what_to_do(moved, project, environment, tmp_path):
    alone = tmp_path / "bin/thimble"
    alone.parent.mkdir()
    alone.write_bytes((moved / "bin/thimble").read_bytes())
    alone.chmod(0o755)
    done = attempt(alone, "build", project, "--command", "./hello", environment=environment)
    assert done.returncode == 3
    assert "THIMBLE_SHARE_DIR" in done.stderr and "--no-emulator" in done.stderr
    assert digest(alone, project, environment, "--no-emulator").startswith("sha256:")


def test_a_function_in_cpp_finds_the_libraries_beside_the_tool(moved, environment, tmp_path):
    example = tmp_path / "cpp-echo"
    subprocess.run(["cp", "-r", ROOT / "examples/cpp-echo", example], check=True)
    run(moved / "bin/thimble", "build", example, environment=environment)
    files = run(moved / "bin/thimble", "inspect", example / ".thimble/image", "--json", environment=environment)
    assert "var/task/cpp-echo" in files


def test_a_tarball_works_wherever_it_is_unpacked_and_is_the_same_each_time(project, environment, tmp_path):
    tarball = ROOT / run(ROOT / "tools/package").strip()
    first = hashlib.sha256(tarball.read_bytes()).hexdigest()
    run(ROOT / "tools/package")
    assert hashlib.sha256(tarball.read_bytes()).hexdigest() == first
    folder = tarball.name.removesuffix(".tar.gz")
    with tarfile.open(tarball) as tar:
        assert {member.name.split("/")[0] for member in tar} == {folder}
        assert {(member.uid, member.gid, member.mtime) for member in tar} == {(0, 0, 0)}
        tar.extractall(tmp_path, filter="tar")
    assert digest(tmp_path / folder / "bin/thimble", project, environment) == digest(ROOT / "build/bin/thimble", project, environment)
