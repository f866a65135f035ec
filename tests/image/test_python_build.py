"""What `thimble build` makes of Python projects: on bases with another Python, and with all of its library."""

import sys

import pytest

from build_support import ARCHITECTURE, MACHINE, attempt, environment, write_files
from tars import file, symlink, tar, write_layout
from test_project import make_wheel

AWS = {"Entrypoint": ["/lambda-entrypoint.sh"], "WorkingDir": "/var/task", "Env": ["PATH=/var/lang/bin:/usr/bin"]}
OWN = f"3.{sys.version_info[1]}"
OTHER_PYTHON = "3.7"  # With which nobody runs tests.
APP = {"app.py": "def handler(event, context):\n    return event\n"}
ARGUMENTS = ("--handler", "app.handler", "--python", sys.executable)


@pytest.fixture
def env(tmp_path):
    wheels = tmp_path / "wheels"
    for version in (OWN, OTHER_PYTHON):
        tag = f"cp{version.replace('.', '')}"
        abi = tag + ("m" if version == "3.7" else "")
        files = {"native.py": f"FOR = '{version}'\n"}
        make_wheel(wheels, "native", files, tag=f"{tag}-{abi}-manylinux_2_17_{MACHINE}")
    return environment(tmp_path, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(wheels))


def aws_base(folder, *versions):
    files = [file("lambda-entrypoint.sh", b"", mode=0o755), file("var/runtime/bootstrap", b"", mode=0o755)]
    files += [file(f"var/lang/bin/python{version}", b"", mode=0o755) for version in versions]
    files += [file(f"var/lang/bin/python{versions[0]}-config", b""), symlink("var/lang/bin/python3", f"python{versions[0]}")]
    write_layout(folder, [tar(*files)], AWS, platform=("linux", ARCHITECTURE))
    return folder


@pytest.mark.parametrize(
    "there, chosen", [([OTHER_PYTHON], OTHER_PYTHON), ([OTHER_PYTHON, OWN], OWN)], ids=["another", "both"]
)
def test_packages_are_for_the_python_of_the_base(tmp_path, env, there, chosen):
    project = write_files(tmp_path / "hello", APP | {"requirements.txt": "native\n"})
    base = aws_base(tmp_path / "base", *there)
    done = attempt("build", project, *ARGUMENTS, "--base", base, "-o", tmp_path / "image", env=env)
    assert done.returncode == 0, done.stderr
    assert attempt("unpack", tmp_path / "image", tmp_path / "root", env=env).returncode == 0
    assert (tmp_path / "root/var/task/native.py").read_text() == f"FOR = '{chosen}'\n"
    note = f"the base has Python {chosen}, this machine {OWN}: packages are wheels for {chosen}"
    assert (note in done.stderr) == (chosen != OWN)


def test_a_standard_library_is_whole_if_nothing_is_to_be_left_out(tmp_path, env):
    project = write_files(tmp_path / "hello", APP | {"awslambdaric/__init__.py": ""})
    for slim in ("on", "off"):
        done = attempt("build", project, *ARGUMENTS, "--slim", slim, "-o", tmp_path / slim, env=env)
        assert done.returncode == 0, done.stderr
        assert attempt("unpack", tmp_path / slim, tmp_path / f"root-{slim}", env=env).returncode == 0
        assert (tmp_path / f"root-{slim}/var/lang/lib/python{OWN}/ensurepip/__init__.py").exists() == (slim == "off")
