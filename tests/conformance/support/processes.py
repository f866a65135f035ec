"""Looking at processes through /proc."""

import os
from collections import namedtuple

Process = namedtuple("Process", "pid name state parent group session")


def processes():
    """Every process there is now."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                text = file.read().decode("utf-8", "replace")
        except OSError:
            continue
        opening, closing = text.index("("), text.rindex(")")
        rest = text[closing + 2 :].split()
        found.append(Process(int(name), text[opening + 1 : closing], rest[0], int(rest[1]), int(rest[2]), int(rest[3])))
    return found


def alive(pid):
    return any(p.pid == pid and p.state not in "ZX" for p in processes())


def living_in_session(session):
    return [p for p in processes() if p.session == session and p.state not in "ZX"]


def children(pid):
    return [p for p in processes() if p.parent == pid]


def zombies_of(pid):
    return [p for p in children(pid) if p.state == "Z"]


def rss(pid):
    """The bytes of memory `pid` has now."""
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def listening(pid):
    """The IPv4 and IPv6 TCP addresses anything listens on in the network namespace of `pid`, as (ip, port)."""
    found = set()
    for table, size in (("tcp", 8), ("tcp6", 32)):
        with open(f"/proc/{pid}/net/{table}") as file:
            for line in file.readlines()[1:]:
                fields = line.split()
                if fields[3] != "0A":
                    continue
                address, port = fields[1].split(":")
                assert len(address) == size
                octets = bytes.fromhex(address[-8:])[::-1]
                found.add((".".join(map(str, octets)), int(port, 16)))
    return found
