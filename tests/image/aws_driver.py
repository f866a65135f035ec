"""The program that shows libs/aws to the tests of this folder, and botocore in its place."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DRIVER = Path(os.environ.get("AWS_DRIVER", ROOT / "build/dev/bin/aws_driver"))

BOTOCORE = """
import json, sys
import botocore.session
keys = botocore.session.Session(profile=sys.argv[1] or None).get_credentials().get_frozen_credentials()
print(json.dumps({"access_key": keys.access_key, "secret_key": keys.secret_key, "token": keys.token or ""}))
"""


def run(*arguments, environment, profile=None):
    """What the driver does with nothing but this environment."""
    flags = [f"--profile={profile}"] if profile else []
    command = [str(argument) for argument in (DRIVER, *flags, *arguments)]
    return subprocess.run(command, env=complete(environment), capture_output=True, text=True, timeout=60)


def botocore_credentials(environment, profile=None):
    """The credentials botocore finds; None if it finds none or fails."""
    command = [sys.executable, "-c", BOTOCORE, profile or ""]
    result = subprocess.run(command, env=complete(environment), capture_output=True, text=True, timeout=60)
    return json.loads(result.stdout) if result.returncode == 0 else None


def complete(environment):
    return {"PATH": os.environ["PATH"], **{name: str(value) for name, value in environment.items()}}
