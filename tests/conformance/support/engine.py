"""The engine of durable functions, played by the test: it reads and writes literal bytes."""

import socket
import struct

from .http1 import Connection
from .waiting import Deadline, Late, wait_until


class Engine:
    """Listens on loopback. Connections are accepted one by one."""

    def __init__(self, port=0, receive_buffer=None):
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if receive_buffer:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._listener.bind(("127.0.0.1", port))
        self._listener.listen(64)
        self.port = self._listener.getsockname()[1]
        self._accepted = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def accept(self):
        """The next connection that somebody makes."""
        self._listener.settimeout(Deadline.seconds)
        try:
            accepted, _ = self._listener.accept()
        except TimeoutError as error:
            raise Late("nobody came to the engine") from error
        self._accepted.append(Visit(accepted))
        return self._accepted[-1]

    def was_visited(self):
        """Whether somebody waits to be accepted; does not wait."""
        self._listener.setblocking(False)
        try:
            accepted, _ = self._listener.accept()
        except BlockingIOError:
            return False
        accepted.close()
        return True

    def close(self):
        for visit in self._accepted:
            visit.close()
        self._listener.close()


class Visit(Connection):
    """The engine's end of one connection."""

    def __init__(self, accepted):
        self._buffer = b""
        self._socket = accepted
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def head(self):
        """The head of a request: its first line and its headers, as (name, value) pairs in order."""
        lines = self._through(b"\r\n\r\n")[:-4].split(b"\r\n")
        return lines[0], [tuple(line.split(b": ", 1)) for line in lines[1:]]

    def through(self, mark):
        return self._through(mark)

    def answer(self, status=b"200 OK", body=b"{}", headers=()):
        """A whole response, and the end of the connection."""
        lines = [b"HTTP/1.1 " + status, *(name + b": " + value for name, value in headers)]
        lines.append(b"Content-Length: %d" % len(body))
        self._socket.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + body)

    def reset(self):
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def wait_for_end(self):
        """Waits until the other end closes."""
        wait_until(lambda: not self._take(), "the emulator to close its connection to the engine")
