"""Where the measurements take place: a temporary folder, a registry on loopback, Docker, the variables of all programs."""

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(_ROOT / "tests/integration"), str(_ROOT / "tests/conformance")]

from docker import Docker  # noqa: E402

# Instead of Go's program: the same, and when it began and ended goes to a file.
_GO = """#!/usr/bin/env bash
begin=$EPOCHREALTIME
'{go}' "$@"
code=$?
echo "$begin $EPOCHREALTIME" >>'{times}'
exit $code
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Site:
    ROOT = _ROOT

    def __init__(self, folder, options):
        self.folder = folder
        self.thimble = options.thimble.resolve()
        self.peers = options.peers
        self.registry = f"localhost:{free_port()}"
        self.docker = None if options.no_docker else Docker()
        self._times = folder / "go-times"
        self._registry = None

    def __enter__(self):
        tools = self.folder / "tools"
        tools.mkdir()
        go = tools / "go"
        go.write_text(_GO.format(go=shutil.which("go"), times=self._times))
        go.chmod(0o755)
        self.environment = dict(
            os.environ,
            PATH=f"{tools}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            GOCACHE=str(_ROOT / "build/benchmarks/go-cache"),
            GOFLAGS="-mod=readonly",
            THIMBLE_CACHE_DIR=str(self.folder / "cache"),
            KOCACHE=str(self.folder / "ko"),
            CGO_ENABLED="0",
        )
        config = self.folder / "registry.yml"
        address = self.registry.replace("localhost", "127.0.0.1")
        config.write_text(
            "version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\n"
            f"storage: {{filesystem: {{rootdirectory: {self.folder}/registry}}}}\nhttp: {{addr: '{address}'}}\n"
        )
        with (self.folder / "registry.log").open("wb") as log:
            self._registry = subprocess.Popen(["docker-registry", "serve", config], stdout=log, stderr=log)
        if self.docker:
            self.docker.__enter__()
            self.environment["DOCKER_BUILDKIT"] = "0"
            if host := self.docker._environment.get("DOCKER_HOST"):
                self.environment["DOCKER_HOST"] = host
        wait_for_port(int(self.registry.split(":")[1]))
        return self

    def __exit__(self, *why):
        self._registry.terminate()
        self._registry.wait()
        if self.docker:
            self.docker.__exit__(*why)

    def run(self, *words, cwd=None, stdin=None, **variables):
        """What the program wrote to stdout; ends the benchmark if it fails."""
        done = subprocess.run(
            [str(word) for word in words],
            cwd=cwd or self.folder,
            env=self.environment | variables,
            stdin=stdin or subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            sys.exit(f"{' '.join(map(str, words))}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def time(self, work):
        """Seconds that `work` took, and how many of them were spent in Go's own program."""
        self._times.write_text("")
        begin = time.monotonic()
        work()
        took = time.monotonic() - begin
        compiler, until = 0.0, 0.0
        for line in sorted(self._times.read_text().splitlines()):
            start, end = map(float, line.split())
            compiler += max(0.0, end - max(start, until))
            until = max(until, end)
        return took, compiler


def wait_for_port(port, seconds=20):
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
