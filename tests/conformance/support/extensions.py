"""External extensions for a test, and the words an extension says."""

import json
import os
import sys
from collections import namedtuple

from .emulator import PAYLOAD
from .http1 import request
from .waiting import wait_until

API = b"/2020-01-01/extension/"

Said = namedtuple("Said", "what status headers body")


class ExtensionFolder:
    """A folder for --extensions-dir, and what the extensions in it have seen.

    Extensions that subscribe to nothing or to INVOKE only are killed at the end of a test; those that want SHUTDOWN must
    take it and end, or the end of the test takes the whole two seconds.
    """

    def __init__(self, folder):
        self.path = folder / "extensions"
        self._beside = folder / "beside"
        self.path.mkdir()
        self._beside.mkdir()

    @property
    def flags(self):
        return ("--extensions-dir", str(self.path))

    def add(self, name, *steps):
        """An extension that carries out `steps`."""
        (self._beside / f"{name}.json").write_text(json.dumps(steps))
        words = (sys.executable, "-I", "-S", PAYLOAD / "extension.py", name, *self._paths(name))
        return self.add_script(name, "exec " + " ".join(f"'{word}'" for word in words))

    def add_puppet(self, name):
        """A process that only exists: the test speaks in its place."""
        return self.add_script(name, f"echo '[\"started\", '$$']' >>'{self._paths(name)[1]}'\nexec sleep infinity")

    def add_script(self, name, text):
        path = self.path / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return path

    def record(self, name):
        """Everything the extension has noted so far, as lists."""
        try:
            text = self._paths(name)[1].read_text()
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    def pids(self, name):
        return [entry[1] for entry in self.record(name) if entry[0] == "started"]

    def events(self, name):
        """The events the extension has got so far."""
        return [json.loads(said.body) for said in self.replies(name, "next")]

    def replies(self, name, to):
        return [Said(*entry) for entry in self.record(name) if entry[0] == to]

    def wait_for_start(self, name, count=1):
        return wait_until(
            lambda: len(self.pids(name)) >= count and self.pids(name), f"extension {name} to start {count} times"
        )

    def wait_for_events(self, name, count=1):
        return wait_until(
            lambda: len(self.events(name)) >= count and self.events(name), f"event number {count} of {name}"
        )

    def wait_for(self, name, what):
        def seen():
            return next((entry for entry in self.record(name) if entry[0] == what), None)

        return wait_until(seen, f"'{what}' of extension {name}")

    def kill(self, name, number=9):
        """Sends the last process of that extension a signal."""
        os.kill(self.pids(name)[-1], number)

    def _paths(self, name):
        return self._beside / f"{name}.json", self._beside / f"{name}.record"


class ExtensionPuppet:
    """The test in the place of an extension: a connection, and after register() an identifier."""

    def __init__(self, emulator, name, events=None):
        self._emulator = emulator
        self.name = name
        self.identifier = None
        self.connection = emulator.connect_runtime_api()
        if events is not None:
            reply = self.register(b'{"events":[%s]}' % b",".join(b'"%s"' % event for event in events))
            assert reply.status == 200, reply
            self.identifier = reply.header("Lambda-Extension-Identifier").encode()

    def register(self, body=b'{"events":[]}', headers=()):
        return self.post(b"register", body, [(b"Lambda-Extension-Name", self.name), *headers])

    def post(self, what, body=b"", headers=()):
        self.connection.send(request(b"POST", API + what, body, headers))
        return self.connection.reply()

    def ask_next(self):
        self.connection.send(request(b"GET", API + b"event/next", None, self._who()))

    def event(self):
        """Waits for the event that was asked for."""
        reply = self.connection.reply(to=b"GET")
        assert reply.status == 200, reply
        return reply.json()

    def next(self):
        self.ask_next()
        return self.event()

    def fail(self, which, error_type=b"Extension.Bad"):
        headers = [(b"Lambda-Extension-Function-Error-Type", error_type)] if error_type is not None else []
        return self.post(which + b"/error", b"{}", self._who() + headers)

    def reconnect(self):
        self.connection.close()
        self.connection = self._emulator.connect_runtime_api()

    def _who(self):
        return [(b"Lambda-Extension-Identifier", self.identifier)] if self.identifier is not None else []
