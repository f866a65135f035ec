"""Where the measurements take place: a temporary folder, a registry on loopback, Docker, the variables of all programs."""

import os
import resource
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(_ROOT / "tests/integration"), str(_ROOT / "tests/conformance")]

from docker import Docker  # noqa: E402

# Instead of Go's program: the same, and when it began and ended, and its processor time, go to a file. `times` says that
# of the shell, too, and has to run in the shell itself: hence the file.
_GO = """#!/usr/bin/env bash
begin=$EPOCHREALTIME
'{go}' "$@"
code=$?
end=$EPOCHREALTIME
times >'{times}.'$$
{{
  read -r _
  read -r user system
}} <'{times}.'$$
echo "$begin $end $user $system" >>'{times}'
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
        """Seconds that `work` took; those of them that were not Go's; and of the processors, without Go's."""
        self._times.write_text("")
        begin, before = time.monotonic(), _processor_time()
        work()
        took, used = time.monotonic() - begin, _processor_time() - before
        compiler, until = 0.0, 0.0
        for line in sorted(self._times.read_text().splitlines()):
            start, end, user, system = line.split()
            compiler += max(0.0, float(end) - max(float(start), until))
            until = max(until, float(end))
            used -= _seconds(user) + _seconds(system)
        return {"all": took, "beyond": took - compiler, "cpu": used}


def _processor_time():
    """Seconds, of all programs that have been run."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _seconds(text):
    """Of "0m0.123s", as `times` says it."""
    minutes, seconds = text.rstrip("s").split("m")
    return int(minutes) * 60 + float(seconds)


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
