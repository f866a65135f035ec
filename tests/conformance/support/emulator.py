"""One emulator process under test, with its own ports, its own session and its output in files."""

import json
import os
import pathlib
import re
import resource
import signal
import socket
import subprocess
import sys
import time

from .http1 import Connection, request
from .processes import children, living_in_session
from .waiting import Deadline, Late, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[3]
PAYLOAD = ROOT / "tests" / "payload"
BINARY = (ROOT / os.environ.get("EMULATOR", "build/bin/aws-lambda-rie")).resolve()

# A runtime that does what each event tells it to do.
RUNTIME = (sys.executable, "-I", "-S", str(PAYLOAD / "runtime.py"), "payload.handler")
# A process that only exists: the test itself speaks the Runtime API in its place.
PUPPET = (str(PAYLOAD / "puppet"), "puppet.handler")

INVOKE = b"/2015-03-31/functions/function/invocations"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

_SANITIZERS = re.compile(rb"(AddressSanitizer|ThreadSanitizer|LeakSanitizer|runtime error:)[^\n]*")
_PASSED_ON = ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS", "LLVM_PROFILE_FILE")


def do(*steps):
    """The event that makes the payload runtime carry out `steps`."""
    return json.dumps({"do": steps}).encode()


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def accepts(port, host="127.0.0.1"):
    try:
        socket.create_connection((host, port), timeout=1).close()
        return True
    except OSError:
        return False


def base_environment():
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ}


def unshared(*namespaces):
    """The words that start a command in new namespaces, as root or not."""
    user = () if os.geteuid() == 0 else ("--user", "--map-root-user")
    return ("unshare", *user, *namespaces)


class Refusal:
    """How a start that must fail ended."""

    def __init__(self, code, stdout, stderr):
        self.code = code
        self.stdout = stdout
        self.stderr = stderr

    def assert_one_line(self, *mentions):
        """Exit code 1 and one line on stderr, nothing on stdout, no stack trace."""
        assert self.code == 1, f"exit code {self.code}: {self.stderr[-1000:]!r}"
        assert self.stdout == b""
        assert self.stderr.endswith(b"\n") and self.stderr.count(b"\n") == 1, self.stderr
        for mention in mentions:
            assert mention in self.stderr, f"{mention!r} is not in {self.stderr!r}"


def run(folder, *words, environment=None, wrapper=(), binary=BINARY, ports=()):
    """Runs the program with exactly these words until it ends by itself; to keep listening on `ports` is not to end."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "stdout", "wb") as stdout, open(folder / "stderr", "wb") as stderr:
        process = subprocess.Popen(
            [*wrapper, str(binary), *map(str, words)],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            env={**base_environment(), **(environment or {})},
            cwd=folder,
            start_new_session=True,
        )
    listening_since = None

    def ended():
        nonlocal listening_since
        if process.poll() is not None:
            return True
        if not any(accepts(port) for port in ports):
            listening_since = None
        elif listening_since is None:
            listening_since = time.monotonic()
        else:
            assert time.monotonic() < listening_since + 0.5, "it started instead of refusing to"
        return False

    try:
        wait_until(ended, "it to end by itself")
    finally:
        for left in living_in_session(process.pid):
            os.kill(left.pid, signal.SIGKILL)
        process.wait()
    return Refusal(process.returncode, (folder / "stdout").read_bytes(), (folder / "stderr").read_bytes())


def _raise_file_limit():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536) if hard > 0 else 65536, hard))


class Emulator:
    """Started by __init__, which returns when both ports answer.

    With addresses=False the flags for the two addresses are left out, and `ports` says where it will listen; with
    ready=False it is not waited for. With isolated=True only its Invoke API can be reached from here.
    """

    # The incumbent listens before it minds signals: ended in between, it dies of them. Set with --expect-incumbent.
    may_die_of_an_early_signal = False

    def __init__(
        self,
        folder,
        *flags,
        command=RUNTIME,
        environment=None,
        init=None,
        wrapper=(),
        cwd=None,
        binary=BINARY,
        flags_last=False,
        addresses=True,
        ports=None,
        ready=True,
        isolated=False,
    ):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._stdout_path, self._stderr_path = folder / "stdout", folder / "stderr"
        self._starts_path, self._notes_path = folder / "starts", folder / "notes"
        self._environment = {
            **base_environment(),
            "PAYLOAD_STARTS": str(self._starts_path),
            "PAYLOAD_NOTES": str(self._notes_path),
            **({"PAYLOAD_INIT": json.dumps(init)} if init is not None else {}),
            **(environment or {}),
        }
        _raise_file_limit()
        # Another process may take a port between our looking and the emulator's binding: then try again.
        for _ in range(5):
            self.invoke_port, self.runtime_port = ports or free_ports(2)
            given = list(map(str, flags))
            if addresses:
                given += [
                    "--runtime-interface-emulator-address",
                    f"127.0.0.1:{self.invoke_port}",
                    "--runtime-api-address",
                    f"127.0.0.1:{self.runtime_port}",
                ]
            words = [*command, *given] if flags_last else [*given, *command]
            self._start([*wrapper, str(binary), *map(str, words)], cwd or folder)
            if not ready or self._became_ready(isolated):
                break
        self.pid = self.process.pid
        if wrapper:
            self.pid = wait_until(lambda: self._innermost(binary), "the emulator under its wrapper")

    # --- requests -------------------------------------------------------------------------------------------------

    def connect(self):
        """A connection to the Invoke API."""
        return Connection(self.invoke_port)

    def connect_runtime_api(self):
        return Connection(self.runtime_port)

    def begin(self, body=b"{}", path=INVOKE, headers=()):
        """Sends an invoke and returns its connection; the reply is read later."""
        return self.connect().send(request(b"POST", path, body, headers))

    def invoke(self, body=b"{}", path=INVOKE, headers=()):
        """One invoke over its own connection."""
        with self.begin(body, path, headers) as connection:
            return connection.reply()

    def function(self, name, body=b"{}", headers=()):
        """One invoke of the function called `name`: any name but `function` gets the cloud's answers."""
        return self.invoke(body, b"/2015-03-31/functions/" + name + b"/invocations", headers)

    # --- what it wrote and what its runtimes did --------------------------------------------------------------------

    @property
    def stdout(self):
        return self._stdout_path.read_bytes()

    @property
    def stderr(self):
        return self._stderr_path.read_bytes()

    def starts(self):
        """The process ids of the runtimes started so far, as they themselves saw them."""
        return [int(line) for line in _lines(self._starts_path)]

    def notes(self):
        """The request ids the runtime's handler was called with, one per call, in order."""
        return _lines(self._notes_path)

    def wait_for_start(self, count=1):
        return wait_until(lambda: len(self.starts()) >= count and self.starts(), f"runtime number {count} to start")

    def wait_for_note(self, count=1):
        return wait_until(lambda: len(self.notes()) >= count and self.notes(), f"invocation number {count} to begin")

    def wait_for_stdout(self, pattern):
        """Waits for a match of the regular expression `pattern` and returns it."""
        return wait_until(lambda: re.search(pattern, self.stdout), f"stdout to match {pattern!r}")

    def wait_for_stderr(self, pattern):
        return wait_until(lambda: re.search(pattern, self.stderr), f"stderr to match {pattern!r}")

    # --- its end ------------------------------------------------------------------------------------------------

    def signal(self, number=signal.SIGTERM):
        os.kill(self.pid, number)

    def ended(self):
        return self.process.poll() is not None

    def stop(self):
        """Asks with SIGTERM, and asserts that this ends it with exit code 0 and leaves no process behind."""
        try:
            if not self.ended():
                self.signal(signal.SIGTERM)
                wait_until(self.ended, "exit after SIGTERM")
            early = self.may_die_of_an_early_signal and not self.starts()
            allowed = (0, -signal.SIGTERM) if early else (0,)
            assert self.process.returncode in allowed, f"the emulator ended with {self.process.returncode}"
            wait_until(lambda: not living_in_session(self.process.pid), "the end of every process it started")
            complaint = _SANITIZERS.search(self.stderr)
            assert not complaint, complaint and complaint[0]
        finally:
            self.kill()

    def kill(self):
        if not self.ended():
            self.process.kill()
            self.process.wait()
        for process in living_in_session(self.process.pid):
            try:
                os.kill(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def _start(self, words, cwd):
        with open(self._stdout_path, "wb") as stdout, open(self._stderr_path, "wb") as stderr:
            self.process = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                env=self._environment,
                cwd=cwd,
                start_new_session=True,
            )

    def _became_ready(self, isolated):
        """False if it ended because another process has the port."""

        def settled():
            return self.ended() or (accepts(self.invoke_port) and (isolated or accepts(self.runtime_port)))

        try:
            wait_until(settled, "both ports to answer", Deadline.generous_seconds)
        except Late:
            self.kill()
            raise
        if not self.ended():
            return True
        self.kill()
        assert b"address already in use" in self.stderr.lower(), (
            f"ended with {self.process.returncode} instead of listening: {self.stderr[-500:]!r}"
        )
        return False

    def _innermost(self, binary):
        pid = self.process.pid
        while True:
            try:
                if os.path.samefile(f"/proc/{pid}/exe", binary):
                    return pid
            except OSError:
                pass
            below = children(pid)
            if not below:
                return None
            pid = below[0].pid


def _lines(path):
    try:
        return path.read_text().splitlines()
    except FileNotFoundError:
        return []
