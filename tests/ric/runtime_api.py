"""A Runtime API that does exactly what a test says, byte by byte: nothing here answers by itself."""

import fcntl
import socket
import struct
import termios
import time
from dataclasses import dataclass, field

from support.waiting import Deadline, wait_until

ACCEPTED = b'HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{"status":"OK"}\n'
ID = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"


@dataclass
class Request:
    """One request as it came."""

    head: bytes  # with the empty line
    body: bytes = b""
    chunks: list = field(default_factory=list)  # of a chunked body
    trailers: bytes = b""

    @property
    def line(self):
        return self.head.split(b"\r\n")[0].decode()

    @property
    def headers(self):
        """The last value of each header, by its name as it was written."""
        lines = self.head.decode("latin-1").split("\r\n")[1:-2]
        return dict(line.split(": ", 1) if ": " in line else (line.rstrip(":"), "") for line in lines)


def event(body=b"{}", request_id=ID, *headers):
    """The answer to /next."""
    lines = [f"Lambda-Runtime-Aws-Request-Id: {request_id}", *headers, f"Content-Length: {len(body)}"]
    return ("HTTP/1.1 200 OK\r\n" + "\r\n".join(lines) + "\r\n\r\n").encode() + body


def answer(status, body=b"", *headers):
    head = "\r\n".join([f"HTTP/1.1 {status} X", *headers, f"Content-Length: {len(body)}"])
    return head.encode() + b"\r\n\r\n" + body


class RuntimeApi:
    """Listens on a port of its own."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._peers = []

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def accept(self):
        """The next connection."""
        self._listener.settimeout(Deadline.seconds)
        connection, _ = self._listener.accept()
        self._peers.append(Peer(connection))
        return self._peers[-1]

    def no_connection(self):
        """Whether nobody is waiting to be accepted."""
        self._listener.settimeout(0)
        try:
            self._peers.append(Peer(self._listener.accept()[0]))
            return False
        except BlockingIOError:
            return True

    def stop_listening(self):
        self._listener.close()

    def close(self):
        self._listener.close()
        for peer in self._peers:
            peer.close()


class Peer:
    """One connection of the runtime's."""

    def __init__(self, connection):
        self.socket = connection
        self.socket.settimeout(Deadline.seconds)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = bytearray()

    def send(self, data):
        self.socket.sendall(data)
        return self

    def send_slowly(self, data, pieces):
        """`pieces` are sizes; the rest comes at once."""
        for size in pieces:
            self.send(data[:size])
            data = data[size:]
        return self.send(data)

    def read(self):
        """The next request, whole."""
        request = Request(self.read_head())
        headers = {name.lower(): value for name, value in request.headers.items()}
        if headers.get("transfer-encoding") == "chunked":
            while (chunk := self.read_chunk()) is not None:
                request.chunks.append(chunk)
            request.trailers = self.read_trailers()
            request.body = b"".join(request.chunks)
        else:
            request.body = self.read_bytes(int(headers.get("content-length", 0)))
        return request

    def read_head(self):
        while b"\r\n\r\n" not in self._received:
            self._receive()
        return self._take(self._received.index(b"\r\n\r\n") + 4)

    def read_chunk(self):
        """None: it was the last, and its trailers are to be read."""
        size = int(self._read_line(), 16)
        if size == 0:
            return None
        data = self.read_bytes(size + 2)
        assert data.endswith(b"\r\n")
        return data[:-2]

    def read_trailers(self):
        trailers = b""
        while line := self._read_line():
            trailers += line + b"\r\n"
        return trailers

    def read_bytes(self, count):
        while len(self._received) < count:
            self._receive()
        return self._take(count)

    def expect(self, line):
        """Reads a request, which must be that one."""
        request = self.read()
        assert request.line == line
        return request

    def expect_next(self):
        return self.expect("GET /2018-06-01/runtime/invocation/next HTTP/1.1")

    def expect_response(self, request_id=ID):
        return self.expect(f"POST /2018-06-01/runtime/invocation/{request_id}/response HTTP/1.1")

    def expect_error(self, request_id=ID):
        return self.expect(f"POST /2018-06-01/runtime/invocation/{request_id}/error HTTP/1.1")

    def invoke(self, body=b"{}", *headers, request_id=ID):
        """One invocation, from its /next to the post of its answer, which is accepted and returned."""
        self.expect_next()
        self.send(event(body, request_id, *headers))
        post = self.read()
        self.send(ACCEPTED)
        return post

    def wait_until_stuck(self):
        """Until the runtime can send nothing more, and has looked more than once whether it was answered.

        Nothing is read meanwhile. It looks when a second has gone by, and in the first ones a part of a large body
        is sent nevertheless: to the memory of the sockets.
        """

        stuck_seconds = 4
        unread, since = 0, time.monotonic()

        def is_stuck():
            nonlocal unread, since
            if (now := self._unread()) != unread:
                unread, since = now, time.monotonic()
            return unread > 0 and time.monotonic() - since >= stuck_seconds

        wait_until(is_stuck, "the runtime to have filled the connection", Deadline.seconds + stuck_seconds)

    def _unread(self):
        return struct.unpack("i", fcntl.ioctl(self.socket, termios.FIONREAD, bytes(4)))[0]

    def read_rest(self):
        """All that comes until the connection is closed or reset."""
        try:
            while data := self.socket.recv(1 << 20):
                self._received += data
        except ConnectionResetError:
            pass
        return self._take(len(self._received))

    def expect_end(self):
        """The runtime has closed the connection, or resets it."""
        try:
            assert self._received + self.socket.recv(65536) == b""
        except ConnectionResetError:
            pass

    def reset(self):
        """Closes with RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.close()

    def close(self):
        self.socket.close()

    def _read_line(self):
        while b"\r\n" not in self._received:
            self._receive()
        return self._take(self._received.index(b"\r\n") + 2)[:-2]

    def _take(self, count):
        data = bytes(self._received[:count])
        del self._received[:count]
        return data

    def _receive(self):
        data = self.socket.recv(262144)
        assert data, f"the connection ended after {bytes(self._received[-200:])!r}"
        self._received += data
