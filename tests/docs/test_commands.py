"""The commands in the documentation work: all ```sh blocks of a page run in one shell, from top to bottom.

A block that cannot run here (it needs an AWS account, say) is fenced as ```console instead. A ```text block is a part of what
the commands write to stdout. A block of another language under a line that holds nothing but `NAME`: is that file, which the
reader writes.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from docker import Docker

ROOT = Path(__file__).resolve().parents[2]
PAGES = [page.relative_to(ROOT) for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))]
SECONDS = 900

# What the reader has done when the tests run: the make targets are steps of `make test` themselves.
# tools/setup has installed zig.
DONE = re.compile(r"make (demo|test|build|bench|check)\b|git clone |cd thimble$|python3 -m venv |\. .*/activate$|pip install ")

# A file's name or nothing, the block's language, the block.
BLOCK = re.compile(r"^(?:`([\w./-]+)`:\n\n)?```(\w+)\n(.*?)^```$", flags=re.M | re.S)

# A person is slower than this script: what was started in the background answers by then, HTTP in each case.
WAIT = """
deadline=$((SECONDS + 120))
until curl -s -o /dev/null --max-time 5 http://127.0.0.1:{port}/; do ((SECONDS < deadline)); sleep 0.02; done
"""


def wait_for(line):
    """What waits for the server that the line starts."""
    said = re.search(r"--port (\d+)", line)
    usual = "5000" if line.startswith("docker-registry ") else "8080"
    return WAIT.replace("{port}", said[1] if said else usual)


class OurDocker(Docker):
    @property
    def environment(self):
        return self._environment


def commands(page: Path) -> str:
    script = []
    for name, language, text in BLOCK.findall((ROOT / page).read_text()):
        if language == "sh":
            lines = [line for line in text.splitlines() if not DONE.match(line)]
            script += [line + wait_for(line) if line.endswith(" &") else line for line in lines]
        elif name:
            script.append(f"cat >{name} <<'END OF FILE'\n{text}END OF FILE")
    return "\n".join(script)


def outputs(page: Path) -> list[str]:
    return [text for _, language, text in BLOCK.findall((ROOT / page).read_text()) if language == "text"]


def readers_environment(home):
    """As the reader of a page has it: an own home, in which the page may install something, and zig in python3.

    What compilers and package managers keep is where it always is, or where examples/build has it.
    """
    cache = str(ROOT / "build/zig/cache")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    kept = {
        "CARGO_HOME": Path.home() / ".cargo",
        "RUSTUP_HOME": Path.home() / ".rustup",
        "CARGO_TARGET_DIR": ROOT / "build/examples/cargo",
        "GOCACHE": ROOT / "build/examples/go-cache",
        "GOMODCACHE": Path.home() / "go/pkg/mod",
        "PIP_CACHE_DIR": Path.home() / ".cache/pip",
    }
    return {
        "HOME": str(home),
        "PATH": path,
        "ZIG_GLOBAL_CACHE_DIR": cache,
        "ZIG_LOCAL_CACHE_DIR": cache,
        **{name: os.environ.get(name, str(folder)) for name, folder in kept.items()},
    }


@pytest.fixture(scope="module")
def docker():
    with OurDocker() as docker:
        yield docker


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_the_commands_work(page, tmp_path, request):
    script = commands(page)
    output = tmp_path / "stdout"
    with contextlib.ExitStack() as stack:
        environment = os.environ
        if re.search(r"^(docker|thimble run) ", script, flags=re.M):
            environment = request.getfixturevalue("docker").environment
        shell = subprocess.Popen(
            ["bash", "-euo", "pipefail", "-x", "-c", script],
            cwd=ROOT,
            env={**environment, **readers_environment(tmp_path)},
            stdin=subprocess.DEVNULL,
            stdout=stack.enter_context(output.open("wb")),
            start_new_session=True,
        )
        try:
            assert shell.wait(SECONDS) == 0, output.read_text(errors="replace")[-5000:]
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)
            shell.wait()
    written = output.read_text()
    assert [text for text in outputs(page) if text.strip() not in written] == []
