"""What this machine lets a program do, found out without the program under test."""

import fcntl
import functools
import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys

from .emulator import base_environment, unshared

_MOUNT = ("mount", "-t", "tmpfs", "-o", "size=1m", "none", "/tmp")
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 1

# Works as mount_setattr(2) does on all mounts: they become read-only.
_READ_ONLY = """
import ctypes, sys
attributes = (ctypes.c_uint64 * 4)(1, 0, 0, 0)
sys.exit(ctypes.CDLL(None).syscall(442, -100, b"/", 0x8000, attributes, 32) != 0)
"""


def works(*words):
    # In a folder that is there whatever is mounted.
    return subprocess.run(words, env=base_environment(), cwd="/", capture_output=True).returncode == 0


def _works_in_a_mount_namespace(*words):
    as_root = os.geteuid() == 0 and works("unshare", "--mount", "true")
    user = () if as_root else ("--user", "--map-root-user")
    return works("unshare", *user, "--mount", *words)


@functools.cache
def mounts():
    """A new /tmp in a mount namespace, with or without a user namespace."""
    return _works_in_a_mount_namespace(*_MOUNT)


def mounts_in_a_user_namespace(wrapper):
    return works(*wrapper, "unshare", "--user", "--map-root-user", "--mount", *_MOUNT)


@functools.cache
def read_only_mounts():
    return _works_in_a_mount_namespace(sys.executable, "-I", "-c", _READ_ONLY)


@functools.cache
def other_users():
    """Becoming one, and killing who has."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(990)
            os.setuid(993)
            os.write(writer, b"x")
            signal.pause()
        finally:
            os._exit(1)
    os.close(writer)
    may = os.read(reader, 1) == b"x"
    os.close(reader)
    try:
        os.kill(child, signal.SIGKILL)
    except PermissionError:
        # It ends with its parent.
        return False
    os.waitpid(child, 0)
    return may


def raise_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        fcntl.ioctl(one, _SIOCSIFFLAGS, struct.pack("16sH14s", b"lo", _IFF_UP, b""))


@functools.cache
def networks():
    """A network namespace in which the loopback interface can be brought up, without a user namespace."""
    code = f"import sys; sys.path.insert(0, {str(pathlib.Path(__file__).parents[1])!r}); "
    code += "from support.permitted import raise_loopback; raise_loopback()"
    return os.geteuid() == 0 and works("unshare", "--net", sys.executable, "-I", "-c", code)


@functools.cache
def memory_cgroup():
    """The folder in which this process may make cgroups with a memory limit, or None."""
    folder = _own_memory_cgroup()
    if folder is None:
        return None
    probe = folder / f"probe-{os.getpid()}"
    try:
        probe.mkdir()
    except OSError:
        return None
    try:
        limited = any((probe / name).exists() for name in ("memory.limit_in_bytes", "memory.max"))
        return folder if limited or _may_pass_memory_on(folder) else None
    finally:
        probe.rmdir()


def _may_pass_memory_on(folder):
    """Of version 2 only the root may, which alone has no type, as long as there are processes in it: ours."""
    controllers = folder / "cgroup.controllers"
    is_root = controllers.exists() and not (folder / "cgroup.type").exists()
    return is_root and "memory" in controllers.read_text().split()


def _own_memory_cgroup():
    with open("/proc/self/cgroup") as file:
        paths = {}
        for line in file:
            _, controllers, path = line.rstrip("\n").split(":", 2)
            paths[controllers] = path
    v1 = next((path for controllers, path in paths.items() if "memory" in controllers.split(",")), None)
    found = None
    with open("/proc/self/mountinfo") as file:
        for line in file:
            before, after = line.split(" - ")
            root, point = before.split(" ")[3:5]
            kind, _, options = after.split()
            is_v1 = kind == "cgroup" and "memory" in options.split(",")
            path = v1 if is_v1 else paths.get("") if kind == "cgroup2" else None
            if path is None or path.startswith("/..") or not path.startswith(root.rstrip("/")):
                continue
            folder = pathlib.Path(point + path[len(root.rstrip("/")) :])
            if is_v1:
                return folder
            found = folder
    return found


def without(*capabilities):
    """The words that start a command without these, or none if that is not permitted."""
    wrapper = ("setpriv", "--bounding-set", ",".join(f"-{one}" for one in capabilities))
    return wrapper if works(*wrapper, "true") else ()


def in_a_machine_without_cgroups():
    """The words that start a command where no cgroup is mounted, or none if that is not permitted."""
    script = 'mount -t tmpfs none /sys/fs/cgroup && exec "$@"'
    wrapper = (*unshared("--mount"), "sh", "-c", script, "sh")
    return wrapper if works(*wrapper, "true") else ()
