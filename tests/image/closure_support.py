"""Runs what libs/closure put into a folder, with that folder as root."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
DRIVER = Path(os.environ.get("CLOSURE_DRIVER", ROOT / "build/dev/bin/closure_driver"))


def driver(verb, *arguments, check=True):
    """What the driver prints, parsed; or, without `check`, its exit code and what it complains about."""
    command = [DRIVER, verb, *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if not check:
        return result.returncode, result.stderr
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def native(*arguments, **options):
    return driver("native", *arguments, **options)


def run_in(root, *command, environment=None, cwd="/", **options):
    """Runs a program inside of `root`: nothing outside of it can help it.

    Every container has /proc, which tells a loader where its program is ($ORIGIN), and /dev.
    """
    enter = (
        "import os, sys; root, folder, *command = sys.argv[1:];"
        "os.chroot(root); os.chdir(folder); os.execve(command[0], command, dict(os.environ))"
    )
    mounts = " && ".join(f'mkdir -p "$0/{name}" && mount --rbind /{name} "$0/{name}"' for name in ("proc", "dev"))
    script = f'{mounts} && exec /usr/bin/env -i "$@"'
    variables = [f"{name}={value}" for name, value in (environment or {}).items()]
    inside = [sys.executable, "-I", "-c", enter, root, cwd, *map(str, command)]
    return subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, root, *variables, *inside],
        capture_output=True,
        text=True,
        timeout=60,
        **options,
    )
