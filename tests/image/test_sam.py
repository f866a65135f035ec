"""`sam local invoke` runs an image built with --sam-local: SAM builds one of its own on top, in a shell, as root."""

import json
import shutil
import subprocess
import sys

import pytest

from build_support import EXAMPLES, ROOT, SECONDS, Docker, build, environment

# It has dependencies that do not go with those of the other tests.
VERSION = "1.170.0"
FOLDER = ROOT / f"build/sam-{VERSION}"

TEMPLATE = """\
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      PackageType: Image
      ImageUri: thimble-sam:latest
      Timeout: 100
      Architectures: [ARCHITECTURE]
"""


@pytest.fixture(scope="module")
def sam():
    """The program, installed from PyPI into build/."""
    if not (FOLDER / "complete").exists():
        shutil.rmtree(FOLDER, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", FOLDER], check=True)
        pip = [FOLDER / "bin/pip", "install", "--quiet", "--disable-pip-version-check", f"aws-sam-cli=={VERSION}"]
        subprocess.run(pip, check=True, timeout=900)
        (FOLDER / "complete").touch()
    return FOLDER / "bin/sam"


@pytest.fixture
def docker():
    with Docker() as docker:
        yield docker


def test_sam_local_invokes_an_image(sam, docker, tmp_path):
    env = environment(tmp_path, **docker.environment)
    shutil.copy(ROOT / "build/bin/cpp-hello", tmp_path / "hello")
    build(tmp_path, "--command", "./hello", "--sam-local", "--load=docker", "--tag=thimble-sam", env=env)
    try:
        machine = {"x86_64": "x86_64", "aarch64": "arm64"}
        architecture = machine[subprocess.run(["uname", "-m"], capture_output=True, text=True).stdout.strip()]
        (tmp_path / "template.yaml").write_text(TEMPLATE.replace("ARCHITECTURE", architecture))
        event = EXAMPLES / "cpp-hello/events/hello.json"
        done = subprocess.run(
            [sam, "local", "invoke", "Hello", "--skip-pull-image", "--event", event],
            cwd=tmp_path,
            env=env | {"SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": "us-east-1", "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
    finally:
        docker("rmi", "--force", "thimble-sam", "thimble-sam:rapid-x86_64", "thimble-sam:rapid-arm64")
    assert done.returncode == 0, done.stderr
    assert done.stdout, done.stderr
    answer = json.loads(done.stdout)
    assert json.loads(answer["body"])["message"] == "Hello, Chris!"
