"""The same project gives the same digest, wherever, whenever and by whomever it is built."""

import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from build_support import THIMBLE, Layout, build, environment, make_project, refusal, write_files

NOBODY = "65534"
LONG_AGO = 86400 * 365

# Nothing is compiled: what is tested is the image.
FILES = {
    "run.sh": ("#!/bin/sh\necho hello\n", 0o755),
    "grüße.txt": "Grüße\n",
    "lib/日本語/ファイル.txt": "日本語\n",
    "lib/café/e\u0301.txt": "decomposed\n",
    "lib/café/\u00e9.txt": "composed\n",
    "lib/🎉": "party\n",
    "Z": "Z\n",
    "a": "a\n",
    "a-b": "before a/b in some orders\n",
    "empty": "",
    "x" * 120 + "ü": "a name that is long for tar\n",
    "large.bin": bytes(range(256)) * 8192,
}
ARGUMENTS = ("--command", "./run.sh", "--no-emulator")

# A clock that is years ahead, for programs that are linked to libc.
CLOCK = """\
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/time.h>
#include <time.h>
#define AHEAD 200000000
int clock_gettime(clockid_t clock, struct timespec *now) {
  int (*next)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
  int result = next(clock, now);
  if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) now->tv_sec += AHEAD;
  return result;
}
int gettimeofday(struct timeval *now, void *zone) {
  struct timespec exact;
  clock_gettime(CLOCK_REALTIME, &exact);
  now->tv_sec = exact.tv_sec;
  now->tv_usec = exact.tv_nsec / 1000;
  return 0;
}
time_t time(time_t *now) {
  struct timespec exact;
  clock_gettime(CLOCK_REALTIME, &exact);
  if (now) *now = exact.tv_sec;
  return exact.tv_sec;
}
"""


@pytest.fixture(scope="module")
def other_clock(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clock")
    (folder / "clock.c").write_text(CLOCK)
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", folder / "clock.so", folder / "clock.c", "-ldl"], check=True)
    said = subprocess.run(
        ["date", "+%s"], env={**os.environ, "LD_PRELOAD": str(folder / "clock.so")}, capture_output=True, check=True
    ).stdout
    now = subprocess.run(["date", "+%s"], capture_output=True, check=True).stdout
    assert int(said) > int(now) + 100_000_000  # It works here.
    for path in (folder.parent, folder, folder / "clock.so"):
        path.chmod(0o755)
    return folder / "clock.so"


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The digest, built as everybody does."""
    folder = tmp_path_factory.mktemp("plain")
    return build_in(folder, folder / "hello")


def build_in(folder, project, *arguments, more=None, before=(), files=FILES, umask=0o022, **options):
    """Writes the project and builds it with a cache of its own in `folder`."""
    old = os.umask(umask)
    try:
        if files:
            write_tree(project, files)
        env = environment(folder, **(more or {}))
        words = [*before, THIMBLE, "build", project, *ARGUMENTS, "--output", folder / "image", *arguments]
        done = subprocess.run(list(map(str, words)), env=env, capture_output=True, text=True, timeout=300, **options)
    finally:
        os.umask(old)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def write_tree(folder, files):
    """Writes the files with the modes that the umask leaves."""
    for path, content in files.items():
        content, mode = content if isinstance(content, tuple) else (content, 0o666)
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_CREAT | os.O_WRONLY | os.O_TRUNC
        with open(os.open(file, flags, mode | 0o600 if mode == 0o666 else 0o777), "wb") as out:
            out.write(content.encode() if isinstance(content, str) else content)


def set_times(folder, seconds):
    for path in [folder, *folder.rglob("*")]:
        os.utime(path, (seconds, seconds), follow_symlinks=False)


def test_another_time_zone(plain, tmp_path):
    assert build_in(tmp_path, tmp_path / "hello", more={"TZ": "Pacific/Kiritimati"}) == plain


@pytest.mark.parametrize("umask", [0o000, 0o002, 0o077])
def test_another_umask(plain, tmp_path, umask):
    assert build_in(tmp_path, tmp_path / "hello", umask=umask) == plain


def test_another_user(plain, tmp_path):
    assert os.geteuid() == 0, "this test changes the user: run it as root"
    for path in (tmp_path, *tmp_path.parents):
        if path.owner() == "root" and path.name.startswith(("pytest", "test", "bt")):
            path.chmod(0o755)
    home = tmp_path / "home"
    write_tree(home / "hello", FILES)
    for path in [home, *home.rglob("*")]:
        os.chown(path, int(NOBODY), int(NOBODY))
    before = ["setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"]
    assert build_in(home, home / "hello", more={"HOME": str(home)}, before=before, files=None) == plain


@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8", "de_DE.UTF-8", "tr_TR.UTF-8", "nonsense"])
def test_another_locale(plain, tmp_path, locale):
    more = {"LANG": locale, "LC_ALL": locale, "LC_COLLATE": locale}
    assert build_in(tmp_path, tmp_path / "hello", more=more) == plain


def test_another_folder(plain, tmp_path):
    assert build_in(tmp_path, tmp_path / "a folder/with ümlauts/Hello-2") == plain


def test_another_working_folder(plain, tmp_path):
    write_tree(tmp_path / "hello", FILES)
    assert build_in(tmp_path, ".", files=None, cwd=tmp_path / "hello") == plain


def test_another_order_of_files(plain, tmp_path):
    project = tmp_path / "hello"
    write_tree(project, {f"removed-{n}": "" for n in range(50)})
    write_tree(project, dict(reversed(FILES.items())))
    for file in project.glob("removed-*"):
        file.unlink()
    assert build_in(tmp_path, project, files=None) == plain


def test_one_processor(plain, tmp_path):
    one = str(min(os.sched_getaffinity(0)))
    assert build_in(tmp_path, tmp_path / "hello", before=["taskset", "--cpu-list", one]) == plain


@pytest.mark.parametrize("seconds", [0, LONG_AGO, 4_000_000_000])
def test_other_times_of_files(plain, tmp_path, seconds):
    write_tree(tmp_path / "hello", FILES)
    set_times(tmp_path / "hello", seconds)
    assert build_in(tmp_path, tmp_path / "hello", files=None) == plain


def test_another_clock(plain, tmp_path, other_clock):
    assert build_in(tmp_path, tmp_path / "hello", more={"LD_PRELOAD": str(other_clock)}) == plain


def test_hard_links_and_other_modes_of_the_same_meaning(plain, tmp_path):
    project = tmp_path / "hello"
    write_tree(project, FILES)
    os.link(project / "Z", tmp_path / "Z")
    (project / "a").chmod(0o400)
    (project / "run.sh").chmod(0o700)
    (project / "lib").chmod(0o2750)
    assert build_in(tmp_path, project, files=None) == plain


def test_another_file_is_noticed(plain, tmp_path):
    assert build_in(tmp_path, tmp_path / "hello", files={**FILES, "a": "b\n"}) != plain
    text, executable = ({**FILES, "other.sh": each} for each in ("exit 0", ("exit 0", 0o777)))
    assert build_in(tmp_path, tmp_path / "hello2", files=text) != build_in(tmp_path, tmp_path / "hello3", files=executable)


# The cache


def test_without_the_cache(plain, tmp_path):
    assert build_in(tmp_path, tmp_path / "hello", "--no-cache") == plain
    assert not list((tmp_path / "cache").glob("layers/*"))
    assert build_in(tmp_path, tmp_path / "hello") == plain
    assert list((tmp_path / "cache").glob("layers/*"))


def test_with_a_cache_that_is_there(plain, tmp_path):
    assert [build_in(tmp_path, tmp_path / "hello") for _ in range(2)] == [plain, plain]


def cached(folder):
    files = [path for path in (folder / "cache").rglob("*") if path.is_file()]
    assert files
    return files


def truncate(file):
    os.truncate(file, file.stat().st_size // 2)


def flip(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize("damage", [Path.unlink, truncate, flip, lambda file: file.write_bytes(b"")])
def test_a_damaged_cache_changes_nothing(plain, tmp_path, damage):
    assert build_in(tmp_path, tmp_path / "hello") == plain
    for file in cached(tmp_path):
        damage(file)
    shutil.rmtree(tmp_path / "image")
    assert build_in(tmp_path, tmp_path / "hello") == plain
    check_blobs(tmp_path / "image")


def test_a_cache_that_was_deleted_and_one_that_cannot_be_written(plain, tmp_path):
    assert build_in(tmp_path, tmp_path / "hello") == plain
    shutil.rmtree(tmp_path / "cache")
    assert build_in(tmp_path, tmp_path / "hello") == plain
    shutil.rmtree(tmp_path / "cache")
    (tmp_path / "cache").write_text("in the way\n")
    assert build_in(tmp_path, tmp_path / "hello") == plain


def check_blobs(folder):
    done = subprocess.run(
        ["sh", "-c", "for f in *; do echo $f  $f; done | sha256sum --check --quiet"],
        cwd=folder / "blobs/sha256",
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


# SOURCE_DATE_EPOCH


def test_the_date_is_1970_unless_source_date_epoch_says_another(plain, tmp_path):
    first = tmp_path / "first"
    assert build_in(first, tmp_path / "hello") == plain
    assert Layout(first / "image").config["created"] == "1970-01-01T00:00:00Z"
    assert times(first / "image") == {0}

    second = tmp_path / "second"
    later = {"SOURCE_DATE_EPOCH": "1700000000"}
    digest = build_in(second, tmp_path / "hello", more=later)
    assert digest != plain
    config = Layout(second / "image").config
    assert config["created"] == "2023-11-14T22:13:20Z"
    assert {entry["created"] for entry in config["history"]} == {"2023-11-14T22:13:20Z"}
    assert times(second / "image") == {1700000000}
    assert build_in(tmp_path / "third", tmp_path / "hello", more=later) == digest


def times(folder):
    layout = Layout(folder)
    found = set()
    for layer in layout.manifest["layers"]:
        with tarfile.open(folder / "blobs" / layer["digest"].replace(":", "/")) as tar:
            found |= {member.mtime for member in tar}
    return found


@pytest.mark.parametrize("text", ["yesterday", "-1", "1.5", "99999999999999999999"])
def test_a_source_date_epoch_that_is_none_is_refused(tmp_path, text):
    write_tree(tmp_path / "hello", FILES)
    env = environment(tmp_path, SOURCE_DATE_EPOCH=text)
    message = refusal(tmp_path / "hello", *ARGUMENTS, env=env)
    assert f"SOURCE_DATE_EPOCH is '{text}'" in message


# With what the languages' own tools make: everything is varied at once.


@pytest.mark.parametrize("language", ["cpp", "go", "python"])
def test_a_handler_compiled_elsewhere_at_another_time(tmp_path, other_clock, language):
    digests = []
    varied = {"TZ": "Asia/Tokyo", "LC_ALL": "C"}
    if language != "python":  # Certificates of where packages come from have expired by then.
        varied["LD_PRELOAD"] = str(other_clock)
    for folder, umask, more in [
        (tmp_path / "hello", 0o022, {}),
        (tmp_path / "another place/hello", 0o077, varied),
    ]:
        old = os.umask(umask)
        try:
            folder.parent.mkdir(exist_ok=True)
            arguments = make_project(language, folder)
            if language == "python":
                write_files(folder, {"app.py": "def handler(event, context):\n    return 'hällo'\n"})
                write_files(folder, {"requirements.txt": "awslambdaric==4.2.2\n"})
            env = environment(folder.parent, **more)
            digests.append(build(folder, "--no-emulator", *arguments, env=env))
        finally:
            os.umask(old)
    assert digests[0] == digests[1]
