"""The commands in the documentation work: all ```sh blocks of a page run in one shell, from top to bottom.

A block that cannot run here (it needs an AWS account, say) is fenced as ```console instead.
"""

import contextlib
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest
from docker import Docker

ROOT = Path(__file__).resolve().parents[2]
PAGES = [page.relative_to(ROOT) for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))]
SECONDS = 300

# What the reader has done when the tests run: the make targets are steps of `make test` themselves.
DONE = re.compile(r"make (demo|test|build|bench|check)\b|git clone |cd thimble$")

# A person is slower than this script: what was started in the background answers by then.
WAIT = """
deadline=$((SECONDS + 10))
until (: </dev/tcp/127.0.0.1/8080) 2>/dev/null; do ((SECONDS < deadline)); sleep 0.02; done
"""


class OurDocker(Docker):
    @property
    def environment(self):
        return self._environment


def commands(page: Path) -> str:
    blocks = re.findall(r"^```sh\n(.*?)^```$", (ROOT / page).read_text(), flags=re.M | re.S)
    lines = [line for block in blocks for line in block.splitlines() if not DONE.match(line)]
    return "\n".join(line + WAIT if line.endswith(" &") else line for line in lines)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_the_commands_work(page):
    script = commands(page)
    with contextlib.ExitStack() as stack:
        environment = os.environ
        if re.search(r"^docker ", script, flags=re.M):
            environment = stack.enter_context(OurDocker()).environment
        shell = subprocess.Popen(
            ["bash", "-euo", "pipefail", "-x", "-c", script],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            assert shell.wait(SECONDS) == 0
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)
            shell.wait()
