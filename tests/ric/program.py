"""The handler under test, as a process."""

import os
import pathlib
import re
import signal
import subprocess

from support.waiting import wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = (ROOT / os.environ.get("RIC_HANDLER", "build/dev/bin/ric_handler")).resolve()

_SANITIZERS = re.compile(rb"(AddressSanitizer|ThreadSanitizer|LeakSanitizer|runtime error:)[^\n]*")
_PASSED_ON = ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS")
SANITIZED = re.search(rb"__[at]san_init", BINARY.read_bytes()) is not None if BINARY.is_file() else False


class Program:
    """Started by __init__ with exactly this environment, and its output in files of `folder`."""

    def __init__(self, folder, environment, arguments=(), stdin=subprocess.DEVNULL, pass_fds=()):
        folder.mkdir()
        self._paths = {name: folder / name for name in ("stdout", "stderr")}
        passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        with open(self._paths["stdout"], "wb") as stdout, open(self._paths["stderr"], "wb") as stderr:
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
