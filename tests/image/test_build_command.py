"""[function] command beside a language, and on bases that start what they want."""

import shutil
import subprocess
import sys

import pytest

from build_support import Layout, attempt, build, environment, refusal, write_files
from tars import file, folder, tar, write_layout
from test_bases import AWS, ENTRYPOINT_SH, PLATFORM, os_only
from test_build import files_of

SAY = ("#!/bin/sh\nfor word; do echo \"<$word>\"; done\necho \"$_HANDLER\"\n", 0o755)
PYTHON = {"app.py": "import json, sys\nprint(json.dumps(sys.argv[1:]))\n"}
CMAKE = {
    "CMakeLists.txt": "cmake_minimum_required(VERSION 3.16)\nproject(hello C)\nadd_executable(hello main.c)\n",
    "main.c": "int main(void) { return 0; }\n",
    "run.sh": SAY,
}


@pytest.fixture
def env(tmp_path):
    return environment(tmp_path)


def toml(language, command, more=""):
    return {"thimble.toml": f"[function]\nlanguage = '{language}'\ncommand = {command}\n{more}"}


def start_of(image):
    config = Layout(image).config["config"]
    return [*(config.get("Entrypoint") or []), *(config.get("Cmd") or [])]


def run_in(image, root, *command, env, **more):
    """What a program of the image writes in it."""
    assert attempt("unpack", image, root, env=env).returncode == 0
    done = subprocess.run([shutil.which("chroot"), root, *command], capture_output=True, text=True, env=more)
    assert done.returncode == 0, done
    return done.stdout


@pytest.mark.parametrize("name", ["python", "python3", "python3.{minor}", "/usr/bin/python3"])
def test_python_in_a_command_is_the_interpreter_that_was_found(tmp_path, env, name):
    name = name.format(minor=sys.version_info.minor)
    project = write_files(tmp_path / "hello", PYTHON | toml("python", f'["{name}", "/var/task/app.py", "a b"]'))
    image = tmp_path / "image"
    build(project, "--no-emulator", "--python", sys.executable, "-o", image, env=env)
    interpreter, *rest = start_of(image)
    assert rest == ["/var/task/app.py", "a b"]
    assert interpreter[1:] in files_of(image)
    assert run_in(image, tmp_path / "root", interpreter, *rest, env=env) == '["a b"]\n'


@pytest.mark.parametrize(
    "command, why",
    [
        ("python3.99 app.py", "'python3.99' is not the Python that is here"),
        ("gunicorn app", "'gunicorn' is not in the project"),
        ("./none.sh", "'./none.sh' would not be in the image: there is no such file"),
        ("tools/none", "'tools/none' would not be in the image"),
    ],
)
def test_a_command_that_would_not_be_in_an_image_of_python_is_refused(tmp_path, env, command, why):
    project = write_files(tmp_path / "hello", PYTHON | toml("python", f"'{command}'"))
    assert why in refusal(project, "--python", sys.executable, env=env)


def test_a_file_of_the_project_is_a_command_of_python_too(tmp_path, env):
    project = write_files(tmp_path / "hello", PYTHON | {"run.sh": SAY} | toml("python", "'./run.sh x'"))
    build(project, "--no-emulator", "--python", sys.executable, "-o", tmp_path / "image", env=env)
    assert start_of(tmp_path / "image") == ["/var/task/run.sh", "x"]


def test_a_native_language_has_only_its_program_to_start(tmp_path, env):
    project = write_files(tmp_path / "hello", CMAKE | toml("cpp", '["./run.sh"]'))
    message = refusal(project, env=env)
    assert "thimble.toml:3: './run.sh' would not be in the image" in message and "'hello'" in message
    assert "'sh' is not in the project" in refusal(project, "--command", "sh run.sh", env=env)
    build(project, "--no-emulator", "--command", "./hello --fast", "-o", tmp_path / "image", env=env)
    assert start_of(tmp_path / "image") == ["/var/task/hello", "--fast"]


def test_an_os_only_base_passes_the_arguments_of_a_command_on(tmp_path, env):
    write_layout(tmp_path / "base", [os_only()], AWS, platform=PLATFORM)
    project = write_files(tmp_path / "hello", {"start": SAY})
    base = ("--base", tmp_path / "base")
    build(project, *base, "--command", "./start --port 1 \"it's x\" '$HOME'", "-o", tmp_path / "image", env=env)
    start = start_of(tmp_path / "image")
    assert start == ["/lambda-entrypoint.sh", "start"]
    said = run_in(tmp_path / "image", tmp_path / "root", *start, env=env, AWS_LAMBDA_RUNTIME_API="x")
    assert said == "<--port>\n<1>\n<it's x>\n<$HOME>\nstart\n"


def test_on_an_os_only_base_an_interpreter_of_its_own_can_be_the_command(tmp_path, env):
    write_layout(tmp_path / "base", [os_only()], AWS, platform=PLATFORM)
    project = write_files(tmp_path / "hello", {"start": SAY})
    for program in ("sh", "/bin/sh"):
        image = tmp_path / f"image-{len(program)}"
        build(project, "--base", tmp_path / "base", "--command", f"{program} /var/task/start y", "-o", image, env=env)
        start = start_of(image)
        said = run_in(image, tmp_path / f"root-{len(program)}", *start, env=env, AWS_LAMBDA_RUNTIME_API="x", PATH="/bin")
        assert said == "<y>\nsh\n"


def runtime_base(folder_):
    entries = [file("var/runtime/bootstrap", mode=0o755), file("lambda-entrypoint.sh", ENTRYPOINT_SH.encode(), mode=0o755)]
    write_layout(folder_, [tar(folder("var/runtime"), *entries)], AWS, platform=PLATFORM)
    return ("--base", folder_)


def test_a_base_with_a_runtime_of_its_own_takes_no_command(tmp_path, env):
    base = runtime_base(tmp_path / "base")
    project = write_files(tmp_path / "hello", PYTHON | toml("python", '"python3 -m app"', "handler = 'app.handler'\n"))
    message = refusal(project, *base, "--python", sys.executable, env=env)
    assert "thimble.toml:3: base" in message and "starts a runtime of its own and no command" in message
    native = write_files(tmp_path / "native", CMAKE)
    assert "starts a handler of its own language and no program" in refusal(native, *base, env=env | {"LDFLAGS": "-static"})
