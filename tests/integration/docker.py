"""Docker for the tests: the daemon that is there, or one of our own in a temporary folder."""

import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from support.waiting import wait_until

_SECONDS_TO_START = 60
_BRIDGE = Path("/sys/class/net/docker0")


class Docker:
    """Use as a context manager: what was started in between is removed at the end."""

    def __init__(self):
        self._environment = dict(os.environ, DOCKER_BUILDKIT="0")
        self._folder = None
        self._daemon = None
        self._images = []
        self._containers = []

    def __enter__(self):
        if not self._reachable():
            self._start_daemon()
        return self

    def __exit__(self, *_):
        try:
            for container in self._containers:
                self("rm", "--force", "--volumes", container)
            for image in self._images:
                self("rmi", "--force", image)
        finally:
            self._stop_daemon()

    def __call__(self, *words):
        """Runs `docker WORDS` and returns what it wrote to stdout."""
        done = self.run(*words)
        assert done.returncode == 0, f"docker {' '.join(map(str, words))}: {done.stderr}"
        return done.stdout

    def run(self, *words, seconds=120):
        """Runs `docker WORDS` and returns how it ended."""
        words = ["docker", *map(str, words)]
        return subprocess.run(words, env=self._environment, capture_output=True, text=True, timeout=seconds)

    def build(self, tag, dockerfile, files):
        """Builds an image from the Dockerfile and {name: file}; returns `tag`."""
        with tempfile.TemporaryDirectory() as context:
            for name, file in files.items():
                shutil.copy(file, Path(context, name))
            shutil.copy(dockerfile, Path(context, "Dockerfile"))
            self("build", "--quiet", "--tag", tag, context)
        self._images.append(tag)
        return tag

    def start(self, *words):
        """`docker run --detach WORDS`; returns the container's id."""
        container = self("run", "--detach", *words).strip()
        self._containers.append(container)
        return container

    def port(self, container):
        """Where the container's port 8080 is published."""
        return int(self("port", container, "8080/tcp").split("\n")[0].rsplit(":", 1)[1])

    def exit_code(self, container):
        return int(self("inspect", "--format", "{{.State.ExitCode}}", container))

    def process_1(self, container):
        """Its process id on this machine."""
        return int(self("inspect", "--format", "{{.State.Pid}}", container))

    def files(self, image):
        """The names of all that is in the image's root folder, and what Docker adds to it."""
        container = self("create", image).strip()
        with tempfile.TemporaryDirectory() as folder:
            archive = Path(folder, "image.tar")
            self("export", "--output", archive, container)
            self("rm", container)
            with tarfile.open(archive) as tar:
                return {name.split("/")[0] for name in tar.getnames()}

    def logs(self, container):
        done = self.run("logs", container)
        return done.stdout + done.stderr

    def _reachable(self):
        return self.run("info").returncode == 0

    def _start_daemon(self):
        self._folder = Path(tempfile.mkdtemp(prefix="thimble-docker-"))
        self._had_bridge = _BRIDGE.exists()
        socket = f"unix://{self._folder}/docker.sock"
        self._environment["DOCKER_HOST"] = socket
        words = ["dockerd", "--host", socket, "--data-root", self._folder / "data", "--exec-root", self._folder / "exec"]
        words += ["--pidfile", self._folder / "docker.pid"]
        # Ports are published by Docker's proxy: this machine's firewall and routing stay as they are.
        words += ["--iptables=false", "--ip6tables=false", "--ip-forward=false"]
        log = self._folder / "log"
        with log.open("wb") as output:
            self._daemon = subprocess.Popen(words, stdout=output, stderr=output)

        def settled():
            return self._daemon.poll() is not None or self._reachable()

        try:
            wait_until(settled, "dockerd to answer", _SECONDS_TO_START)
            assert self._daemon.poll() is None, f"dockerd ended: {log.read_text()[-3000:]}"
        except BaseException:
            self._stop_daemon()
            raise

    def _stop_daemon(self):
        if self._daemon is None:
            return
        self._daemon.terminate()
        try:
            self._daemon.wait(30)
        except subprocess.TimeoutExpired:
            self._daemon.kill()
            self._daemon.wait()
        # What dockerd leaves behind.
        subprocess.run(["umount", self._folder / "exec/netns/default"], stderr=subprocess.DEVNULL)
        if _BRIDGE.exists() and not self._had_bridge:
            subprocess.run(["ip", "link", "delete", _BRIDGE.name], check=True)
        shutil.rmtree(self._folder)
