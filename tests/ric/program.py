"""The handler under test, as a process."""

import fcntl
import os
import pathlib
import re
import select
import signal
import subprocess

from support.waiting import Deadline, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = (ROOT / os.environ.get("RIC_HANDLER", "build/dev/bin/ric_handler")).resolve()

_SANITIZERS = re.compile(rb"(AddressSanitizer|ThreadSanitizer|LeakSanitizer|runtime error:)[^\n]*")
_PASSED_ON = ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS")
SANITIZED = re.search(rb"__[at]san_init", BINARY.read_bytes()) is not None if BINARY.is_file() else False


class Program:
    """Started by __init__ with exactly this environment, and its output in files of `folder`.

    With stderr_pipe its stderr is a pipe that holds one page; read_stderr() moves what is in it to the file.
    """

    def __init__(self, folder, environment, arguments=(), stdin=subprocess.DEVNULL, pass_fds=(), stderr_pipe=False):
        folder.mkdir()
        self._pipe = None
        self._paths = {name: folder / name for name in ("stdout", "stderr")}
        passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        with open(self._paths["stdout"], "wb") as stdout, self._open_stderr(stderr_pipe) as stderr:
            self.process = subprocess.Popen(
                [BINARY, *map(str, arguments)],
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                env={**passed_on, **{name: str(value) for name, value in environment.items()}},
                cwd=folder,
                pass_fds=pass_fds,
            )
        self.folder = folder
        self.pid = self.process.pid

    def _open_stderr(self, as_pipe):
        if not as_pipe:
            return open(self._paths["stderr"], "wb")
        self._paths["stderr"].touch()
        self._pipe, end = os.pipe()
        fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, 4096)
        return open(end, "wb")

    def read_stderr(self, count):
        """Takes up to `count` bytes out of the pipe, when there are some, and returns them. Empty: at its end."""
        assert select.select([self._pipe], [], [], Deadline.seconds)[0], "nothing came through stderr"
        data = os.read(self._pipe, count)
        with open(self._paths["stderr"], "ab") as file:
            file.write(data)
        return data

    @property
    def stdout(self):
        return self._paths["stdout"].read_bytes()

    @property
    def stderr(self):
        return self._paths["stderr"].read_bytes()

    def wait_for_stdout(self, pattern):
        return wait_until(lambda: re.search(pattern, self.stdout), f"stdout to match {pattern!r}")

    def wait_for_stderr(self, pattern):
        return wait_until(lambda: re.search(pattern, self.stderr), f"stderr to match {pattern!r}")

    def code(self):
        """Waits for its end."""
        wait_until(lambda: self.process.poll() is not None, "the program to end by itself")
        return self.process.returncode

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def is_running(self):
        return self.process.poll() is None

    def stop(self):
        """Kills it if it is running, and asserts that no sanitizer has complained."""
        if self.is_running():
            self.process.kill()
            self.process.wait()
        if self._pipe is not None:
            while self.read_stderr(65536):
                pass
            os.close(self._pipe)
            self._pipe = None
        complaint = _SANITIZERS.search(self.stderr)
        assert not complaint, complaint and complaint[0]

    # --- what it uses ------------------------------------------------------------------------------------------------

    def descriptors(self):
        return sorted(os.readlink(f"/proc/{self.pid}/fd/{fd}") for fd in os.listdir(f"/proc/{self.pid}/fd"))

    def resident_bytes(self):
        pages = int(pathlib.Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGESIZE")

    def minor_faults(self):
        # The name of the program, in brackets, may hold spaces.
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[7])
