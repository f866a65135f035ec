"""What `thimble build` leaves behind and what it does not: interruptions, secrets, several functions, outputs."""

import json
import os
import re
import signal
import subprocess
import tarfile
from pathlib import Path

import pytest

from build_support import SECONDS, THIMBLE, Layout, attempt, build, environment, refusal, write_files
from support.waiting import wait_until

# Ctrl-C, at every moment at which something is written: stops whoever is about to make the n-th of these calls.
MOMENT = """\
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

static int left;

__attribute__((constructor)) static void start(void) { left = atoi(getenv("INTERRUPT_AT")); }

static void moment(void) {
  if (__sync_sub_and_fetch(&left, 1) != 0) return;
  kill(getpid(), SIGINT);
  for (;;) pause();
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static mode_t mode_of(int flags, va_list more) { return flags & O_CREAT ? va_arg(more, mode_t) : 0; }
#define OPEN(name)                                    \\
  int name(const char *path, int flags, ...) {        \\
    va_list more;                                     \\
    va_start(more, flags);                            \\
    mode_t mode = mode_of(flags, more);               \\
    va_end(more);                                     \\
    if (flags & O_ACCMODE) moment();                  \\
    return NEXT(name)(path, flags, mode);             \\
  }
OPEN(open)
OPEN(open64)

ssize_t write(int fd, const void *bytes, size_t size) {
  if (fd > 2) moment();
  return NEXT(write)(fd, bytes, size);
}
int mkdir(const char *path, mode_t mode) {
  moment();
  return NEXT(mkdir)(path, mode);
}
int rename(const char *from, const char *to) {
  moment();
  return NEXT(rename)(from, to);
}
int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags) {
  moment();
  return NEXT(renameat2)(from_folder, from, to_folder, to, flags);
}
"""

SCRIPT = {"run.sh": ("#!/bin/sh\nexit 0\n", 0o755), "data.bin": os.urandom(300_000)}
RUN = ("--command", "./run.sh", "--no-emulator")


@pytest.fixture
def env(tmp_path):
    (tmp_path / "tmp").mkdir()
    return environment(tmp_path, TMPDIR=str(tmp_path / "tmp"))


@pytest.fixture(scope="module", autouse=True)
def signals_that_count():
    """What is started here gets signals as from a terminal, even if the tests run in somebody's background, where SIGINT
    is ignored: a handler of ours is the default to another program."""
    before = {number: signal.getsignal(number) for number, _ in SIGNALS}
    for number in before:
        if before[number] == signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(scope="module")
def interrupting(tmp_path_factory):
    folder = tmp_path_factory.mktemp("moment")
    (folder / "moment.c").write_text(MOMENT)
    command = ["gcc", "-Wall", "-Werror", "-shared", "-fPIC", "-o", "moment.so", "moment.c", "-ldl"]
    subprocess.run(command, cwd=folder, check=True)
    return folder / "moment.so"


def left_behind(tmp_path):
    """What nobody wants to find later."""
    return [path for path in tmp_path.rglob("*") if ".tmp" in path.name] + list((tmp_path / "tmp").iterdir())


def check_layout(folder):
    """The digest of the image in the layout, of which nothing is missing."""
    layout = Layout(folder)
    [entry] = layout.index["manifests"]
    manifest = layout.manifest
    for each in (entry, manifest["config"], *manifest["layers"]):
        assert len(layout.blob(each["digest"])) == each["size"]
    assert (folder / "oci-layout").exists()
    return entry["digest"]


def check_archive(file):
    with tarfile.open(file) as tar:
        [entry] = json.load(tar.extractfile("manifest.json"))
        for name in (entry["Config"], *entry["Layers"]):
            tar.extractfile(name).read()
    return file.read_bytes()


@pytest.mark.parametrize("name, check", [("image", check_layout), ("image.tar", check_archive)])
@pytest.mark.parametrize("again", [False, True], ids=["new", "again"])
def test_interrupted_whenever_it_writes_it_leaves_nothing_half_written(tmp_path, env, interrupting, name, check, again):
    project = write_files(tmp_path / "hello", SCRIPT)
    output = tmp_path / name
    good = None
    if again:  # There is an image already, of something else.
        build(project, *RUN, "-o", output, env=env)
        good = check(output)
        (project / "data.bin").write_bytes(os.urandom(300_000))
    for moment in range(1, 1000):
        more = {"LD_PRELOAD": str(interrupting), "INTERRUPT_AT": str(moment)}
        command = [THIMBLE, "build", project, *RUN, "-o", output]
        done = subprocess.run(command, env=env | more, capture_output=True, text=True, timeout=SECONDS)
        if done.returncode == 0:
            break
        assert done.returncode == 130, (moment, done)
        assert done.stdout == ""
        assert left_behind(tmp_path) == [], moment
        if good is None and not output.exists():
            continue
        now = check(output)  # It was put there as a whole, just before.
        if now != good:
            good = now
            assert build(project, *RUN, "-o", tmp_path / f"other-{name}", env=env)
            assert check(tmp_path / f"other-{name}") == good
    assert moment > 10
    assert done.returncode == 0, "it never came to an end"
    assert left_behind(tmp_path) == []
    check(output)


class Waiting:
    """A build whose tool waits for `release`; in a session of its own, as one that was started at a terminal."""

    def __init__(self, tmp_path, env, *before):
        self.folder = tmp_path
        self._fifo = tmp_path / "fifo"
        os.mkfifo(self._fifo)
        steps = f"echo $$ >{tmp_path}/new; mv {tmp_path}/new {tmp_path}/started; exec head -n 1 {self._fifo}"
        toml = f"[function]\nbuild = '{steps}'\ncommand = './run.sh'\n"
        project = write_files(tmp_path / "hello", SCRIPT | {"thimble.toml": toml})
        self.process = subprocess.Popen(
            [*before, THIMBLE, "build", project, "--no-emulator", "-o", tmp_path / "image"],
            env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip

    def __enter__(self):
        wait_until((self.folder / "started").exists, "the tool's start", SECONDS)
        self.tool = int((self.folder / "started").read_text())
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def release(self):
        self._open = open(self._fifo, "r+b", buffering=0)
        self._open.write(b"go on\n")

    def end(self):
        """What it prints."""
        out, error = self.process.communicate(timeout=SECONDS)
        return out, error


SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]


@pytest.mark.parametrize("number, code", SIGNALS)
def test_interrupted_while_the_languages_tool_runs(tmp_path, env, number, code):
    with Waiting(tmp_path, env) as build:
        os.killpg(build.process.pid, number)  # The tool gets it, too.
        out, _ = build.end()
        wait_until(lambda: not alive(build.tool), "the tool's end", SECONDS)
    assert build.process.returncode == code
    assert out == ""
    assert not (tmp_path / "image").exists()
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize("name", ["HUP", "INT", "TERM"])
def test_a_signal_that_is_ignored_as_by_nohup_stays_so(tmp_path, env, name):
    with Waiting(tmp_path, env, "sh", "-c", f"trap '' {name}; exec \"$@\"", "sh") as build:
        os.killpg(build.process.pid, signal.Signals[f"SIG{name}"])
        build.release()
        out, error = build.end()
    assert build.process.returncode == 0, error
    assert out.strip() == check_layout(tmp_path / "image")


def alive(pid):
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_build_that_fails_keeps_the_image_that_is_there(tmp_path, env):
    project = write_files(tmp_path / "hello", SCRIPT)
    digest = build(project, *RUN, "-o", tmp_path / "image", env=env)
    write_files(project, {"thimble.toml": '[function]\nbuild = "echo it does not compile; exit 3"\n'})
    message = refusal(project, *RUN, "-o", tmp_path / "image", env=env)
    assert "it does not compile" in message and "exit code 3" in message
    assert check_layout(tmp_path / "image") == digest
    assert left_behind(tmp_path) == []


# Secrets

PRIVATE_KEY = "-----BEGIN PRIVATE KEY-----\n" + "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n" * 20
SECRETS = {
    ".env": "TOKEN=hush-hush\n",
    ".aws/credentials": "[default]\naws_secret_access_key = hush-hush\n",
    ".npmrc": "//registry.example/:_authToken=hush-hush\n",
    "certificates/server.pem": PRIVATE_KEY,
    "deep/down/id_ed25519": "hush-hush\n",
}


@pytest.mark.parametrize("path", list(SECRETS))
def test_a_secret_is_refused_by_its_name_unless_it_is_allowed_or_ignored(tmp_path, env, path):
    project = write_files(tmp_path / "hello", SCRIPT | {path: SECRETS[path]})
    message = refusal(project, *RUN, "-o", tmp_path / "image", env=env)
    assert "hush" not in message and "MIIEvQ" not in message
    assert not (tmp_path / "image").exists()
    [allowed] = set(re.findall(r"--allow-secret ([^']+)'", message))
    assert path.startswith(allowed), message
    assert allowed in message.replace(f"--allow-secret {allowed}", "")

    build(project, *RUN, "-o", tmp_path / "image", "--allow-secret", allowed, env=env)
    assert f"var/task/{path}" in files_of(tmp_path / "image")

    write_files(project, {".dockerignore": f"{path.split('/')[0]}\n"})
    build(project, *RUN, "-o", tmp_path / "image", env=env)
    assert f"var/task/{path}" not in files_of(tmp_path / "image")


def test_every_secret_is_named_at_once(tmp_path, env):
    project = write_files(tmp_path / "hello", SCRIPT | SECRETS)
    message = refusal(project, *RUN, env=env)
    for path in (".env", ".aws", ".npmrc", "certificates/server.pem", "deep/down/id_ed25519"):
        assert path in message
    message = refusal(project, *RUN, "--allow-secret", ".env", env=env)
    assert ".npmrc" in message and ".env" not in message


def test_a_secret_that_is_added_by_thimble_toml_is_refused_too(tmp_path, env):
    toml = '[image]\nadd = ["../outside/keys:/opt/keys"]\n'
    project = write_files(tmp_path / "hello", SCRIPT | {"thimble.toml": toml})
    write_files(tmp_path / "outside", {"keys/server.pem": PRIVATE_KEY})
    assert "opt/keys/server.pem" in refusal(project, *RUN, env=env)


def files_of(folder):
    layout = Layout(folder)
    names = set()
    for layer in layout.manifest["layers"]:
        with tarfile.open(folder / "blobs" / layer["digest"].replace(":", "/")) as tar:
            names |= {member.name.rstrip("/") for member in tar}
    return names


def test_dockerignore_is_honoured(tmp_path, env):
    more = {"a.log": "", "keep.log": "", "logs/b.log": "", "doc/x.md": "", "src/a.tmp": "", "src/deep/b.tmp": ""}
    rules = "# what is not shipped\n*.log\n!keep.log\ndoc/\n**/*.tmp\ndata.bin\n"
    project = write_files(tmp_path / "hello", SCRIPT | more | {".dockerignore": rules, "src/c": ""})
    build(project, *RUN, "-o", tmp_path / "image", env=env)
    below = {name for name in files_of(tmp_path / "image") if name.startswith("var/task/")}
    assert below - {"var/task/src", "var/task/logs"} == {
        "var/task/run.sh",
        "var/task/keep.log",
        "var/task/logs/b.log",
        "var/task/src/c",
    }


# Several functions

SEVERAL = """\
[function]
env = { SHARED = "yes" }
[image]
emulator = false
[functions.one]
directory = "one"
command = "./run.sh"
[functions.two]
directory = "two"
command = "./run.sh second"
env = { OWN = "2" }
"""


@pytest.fixture
def several(tmp_path):
    files = {f"{name}/{path}": content for name in ("one", "two") for path, content in SCRIPT.items()}
    return write_files(tmp_path / "project", files | {"thimble.toml": SEVERAL})


def test_each_of_several_functions_becomes_an_image(several, tmp_path, env):
    lines = build(several, env=env).splitlines()
    names = [line.split(" ")[0] for line in lines]
    assert names == ["one", "two"]
    for name, digest in (line.split(" ") for line in lines):
        [folder] = several.rglob(f"image-{name}")
        assert check_layout(folder) == digest
        config = Layout(folder).config["config"]
        assert "SHARED=yes" in config["Env"]
        assert ("OWN=2" in config["Env"]) == (name == "two")
    said = json.loads(build(several, "--json", env=env))
    assert [(each["name"], each["digest"]) for each in said] == [tuple(line.split(" ")) for line in lines]
    assert build(several, "--function", "two", "-o", tmp_path / "image", env=env) == lines[1].split(" ")[1]


def test_of_several_functions_one_has_to_be_chosen_for_an_output(several, tmp_path, env):
    for more in (("-o", tmp_path / "image"), ("--tag", "hello:v1"), ("--push", "localhost:1/hello")):
        done = attempt("build", several, *more, env=env)
        assert done.returncode == 2 and "--function" in done.stderr
    assert "'three'" in refusal(several, "--function", "three", env=env)
    assert not (tmp_path / "image").exists()


# What is said


def test_modules_are_excluded_of_python_only(tmp_path, env):
    project = write_files(tmp_path / "hello", SCRIPT | {"thimble.toml": '[image]\nexclude_modules = ["ssl"]\n'})
    done = attempt("build", project, *RUN, env=env)
    assert done.returncode == 3
    assert "'exclude_modules' is for images from scratch whose handler is in Python" in done.stderr


@pytest.mark.parametrize("program", ["sh", "/bin/sh"])
def test_a_program_that_is_not_in_the_project_needs_a_base(tmp_path, env, program):
    project = write_files(tmp_path / "hello", SCRIPT)
    done = attempt("build", project, "--command", f"{program} run.sh", env=env)
    assert done.returncode == 3
    assert f"'{program}' is not in the project" in done.stderr and "--base" in done.stderr


def test_stdout_is_the_digest_alone_and_stderr_the_progress(tmp_path, env):
    project = write_files(tmp_path / "hello", SCRIPT)
    done = attempt("build", project, *RUN, env=env)
    assert re.fullmatch(r"sha256:[0-9a-f]{64}\n", done.stdout)
    assert "compress layers" in done.stderr and " s " in done.stderr
    assert check_layout(project / ".thimble/image") == done.stdout.strip()
    quiet = attempt("build", project, *RUN, "--quiet", env=env)
    assert (quiet.stdout, quiet.stderr) == (done.stdout, "")


def test_json_says_what_was_built(tmp_path, env):
    project = write_files(tmp_path / "hello", SCRIPT)
    said = json.loads(build(project, *RUN, "--json", "-o", tmp_path / "image", env=env))
    layout = Layout(tmp_path / "image")
    assert said["digest"] == check_layout(tmp_path / "image")
    [image] = said["images"]
    assert [layer["digest"] for layer in image["layers"]] == [each["digest"] for each in layout.manifest["layers"]]
    assert [layer["diffId"] for layer in image["layers"]] == layout.config["rootfs"]["diff_ids"]
    assert image["size"] == sum(each["size"] for each in layout.manifest["layers"])


# What earlier builds have left in the project


@pytest.mark.parametrize("name", ["sbom.spdx.json", "sbom.cdx.json"])
def test_a_list_of_packages_is_not_part_of_the_next_image(tmp_path, env, name):
    project = write_files(tmp_path / "hello", SCRIPT)
    digest = build(project, *RUN, "-o", tmp_path / "image", env=env)
    for _ in range(2):
        assert build(project, *RUN, "--sbom", name, "-o", tmp_path / "image", env=env, cwd=project) == digest
    assert (project / name).exists()
    assert build(project, *RUN, "-o", tmp_path / "image", env=env) == digest


@pytest.mark.parametrize("name", ["out", "deep/out", "out.tar", "out-of-docker.tar"])
def test_an_image_is_not_part_of_the_next_image(tmp_path, env, name):
    project = write_files(tmp_path / "hello", SCRIPT | {"deep/file": "", "words.tar": "no archive", "own.spdx.json": "{}"})
    digest = build(project, *RUN, "-o", tmp_path / "image", env=env)
    if name == "out-of-docker.tar":
        to = f"docker-archive:{project / name}:hello:v1"
        subprocess.run(["skopeo", "copy", f"oci:{tmp_path}/image", to], check=True, capture_output=True)
    else:
        build(project, *RUN, "-o", project / name, env=env)
    again = attempt("build", project, *RUN, "-o", tmp_path / "image", env=env)
    assert again.stdout.strip() == digest
    assert f"left out '{name}', which was built before" in again.stderr
    below = {path for path in files_of(tmp_path / "image") if path.startswith("var/task/")}
    assert {"var/task/words.tar", "var/task/own.spdx.json", "var/task/deep/file"} <= below


def test_an_image_that_is_added_by_thimble_toml_is_shipped(tmp_path, env):
    project = write_files(tmp_path / "hello", SCRIPT)
    build(project, *RUN, "-o", project / "out.tar", env=env)
    write_files(project, {"thimble.toml": '[image]\nadd = ["out.tar:/var/task/out.tar"]\n'})
    build(project, *RUN, "-o", tmp_path / "image", env=env)
    assert "var/task/out.tar" in files_of(tmp_path / "image")
