"""HTTP/1.1 by hand: literal bytes out, a strict reading of what comes back."""

import json
import re
import select
import socket
import time

from .waiting import Deadline, Late

_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9][0-9]) ([\x20-\x7e]*)")
_HEADER_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e\x80-\xff\t]*?)[ \t]*")
_CHUNK_LINE = re.compile(rb"([0-9a-fA-F]{1,15})")
_HEAD_LIMIT = 256 * 1024


class BadReply(AssertionError):
    """The peer's bytes are not a correct HTTP/1.1 reply, or it closed before the end of one."""


class Reply:
    """One parsed reply. `headers` keeps order and case, as received."""

    def __init__(self, minor, status, reason, headers, body, head):
        self.minor = minor
        self.status = status
        self.reason = reason
        self.headers = headers
        self.body = body
        self.head = head

    def header(self, name):
        """The value of `name`, or None; two of it are a mistake."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        if len(values) > 1:
            raise BadReply(f"{len(values)} headers {name}: {values}")
        return values[0] if values else None

    def json(self):
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise BadReply(f"not JSON: {self.body[:200]!r} in {self!r}") from error

    def __repr__(self):
        return f"<{self.status} {self.headers} {len(self.body)} bytes {self.body[:300]!r}>"


def request(method, path, body=None, headers=(), version=b"HTTP/1.1", host=b"localhost"):
    """The bytes of a plain request. Tests about syntax spell theirs out instead."""
    lines = [method + b" " + path + b" " + version]
    if host is not None:
        lines.append(b"Host: " + host)
    lines += [name + b": " + value for name, value in headers]
    if body is not None:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + (body or b"")


def chunked(*chunks):
    """A chunked body."""
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"


class Connection:
    """A TCP connection to the emulator."""

    def __init__(self, port, host="127.0.0.1"):
        self._buffer = b""
        try:
            self._socket = socket.create_connection((host, port), timeout=Deadline.seconds)
        except OSError as error:
            raise BadReply(f"no connection to port {port}: {error}") from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def fileno(self):
        return self._socket.fileno()

    def close(self):
        self._socket.close()

    def send(self, data):
        """Sends `data`. Stops early, without complaint, when the peer has answered or gone: its reply then says why."""
        view = memoryview(data)
        end = time.monotonic() + Deadline.seconds
        while view:
            readable, writable, _ = select.select([self._socket], [self._socket], [], max(0.0, end - time.monotonic()))
            if readable and not self._take():
                return self
            if readable and len(view) > 65536 and self._buffer.find(b"HTTP/1.1 100 ") != 0:
                return self
            if writable:
                try:
                    view = view[self._socket.send(view[:262144]) :]
                except (BrokenPipeError, ConnectionResetError):
                    return self
            if not readable and not writable:
                raise Late(f"the peer did not take {len(view)} more bytes")
        return self

    def send_some(self, data):
        """Sends what the socket takes now, and returns how much that was."""
        self._socket.setblocking(False)
        try:
            return self._socket.send(data[:262144])
        except BlockingIOError:
            return 0
        finally:
            self._socket.settimeout(Deadline.seconds)

    def end_of_requests(self):
        """Closes our direction only."""
        self._socket.shutdown(socket.SHUT_WR)
        return self

    def reply(self, to=b"POST"):
        """Reads one reply, strictly. `to` is the method it answers."""
        reply = self.reply_head()
        reply.body = self._body(reply, to)
        return reply

    def reply_head(self):
        """Reads a reply's head only; its body is read with chunk() or exactly()."""
        head = self._through(b"\r\n\r\n")
        lines = head[:-4].split(b"\r\n")
        status_line = _STATUS_LINE.fullmatch(lines[0])
        if not status_line:
            raise BadReply(f"status line {lines[0]!r}")
        headers = []
        for line in lines[1:]:
            match = _HEADER_LINE.fullmatch(line)
            if not match:
                raise BadReply(f"header line {line!r}")
            headers.append((match[1].decode(), match[2].decode("latin-1")))
        return Reply(int(status_line[1]), int(status_line[2]), status_line[3].decode(), headers, b"", head)

    def interim(self, literal):
        """Reads exactly `literal`, an interim reply."""
        while len(self._buffer) < len(literal) and self._take():
            pass
        if not self._buffer.startswith(literal):
            raise BadReply(f"expected {literal!r}, got {self._buffer[:200]!r}")
        self._buffer = self._buffer[len(literal) :]

    def assert_closed(self):
        """The peer closes (or resets) without another byte."""
        while self._take():
            pass
        assert self._buffer == b"", f"more bytes before the end: {self._buffer[:200]!r}"

    def assert_closed_unanswered(self):
        """The peer closes without having answered at all."""
        self.assert_closed()

    def rest(self):
        """Everything up to the peer's end."""
        while self._take():
            pass
        data, self._buffer = self._buffer, b""
        return data

    def arrived(self):
        """What has come and was not read yet; does not wait."""
        while select.select([self._socket], [], [], 0)[0] and self._take():
            pass
        return self._buffer

    def rest_until_quiet(self):
        """Waits for the first bytes or the end, at most a tenth of a second, and takes what has come."""
        select.select([self._socket], [], [], 0.1)
        data = self.arrived()
        self._buffer = b""
        return data

    def answered(self):
        """True if anything is there to be read now; does not wait."""
        return bool(self._buffer) or bool(select.select([self._socket], [], [], 0)[0])

    def _body(self, reply, to):
        length, coding = reply.header("Content-Length"), reply.header("Transfer-Encoding")
        if length is not None and coding is not None:
            raise BadReply(f"both lengths: {reply}")
        if to == b"HEAD" or reply.status in (204, 304) or reply.status < 200:
            if reply.status == 204 and coding is not None:
                raise BadReply(f"204 with a transfer coding: {reply}")
            return b""
        if coding is not None:
            if coding.lower() != "chunked" or reply.minor == 0:
                raise BadReply(f"transfer coding: {reply}")
            return self._chunks()
        if length is not None:
            if not re.fullmatch("[0-9]{1,15}", length):
                raise BadReply(f"length: {reply}")
            return self.exactly(int(length))
        connection = (reply.header("Connection") or "").lower()
        if reply.minor == 1 and connection != "close":
            raise BadReply(f"neither length nor close: {reply}")
        return self.rest()

    def _chunks(self):
        body = []
        while chunk := self.chunk():
            body.append(chunk)
        return b"".join(body)

    def chunk(self):
        """The next chunk of a chunked body; empty at its end."""
        line = self._through(b"\r\n")[:-2]
        if not _CHUNK_LINE.fullmatch(line):
            raise BadReply(f"chunk size {line!r}")
        size = int(line, 16)
        if size == 0:
            if self._through(b"\r\n") != b"\r\n":
                raise BadReply("unexpected trailer")
            return b""
        data = self.exactly(size)
        if self.exactly(2) != b"\r\n":
            raise BadReply("chunk does not end in CRLF")
        return data

    def _through(self, mark):
        while mark not in self._buffer:
            if len(self._buffer) > _HEAD_LIMIT:
                raise BadReply("endless head")
            if not self._take():
                raise BadReply(f"closed after {self._buffer[:200]!r}")
        end = self._buffer.index(mark) + len(mark)
        data, self._buffer = self._buffer[:end], self._buffer[end:]
        return data

    def exactly(self, size):
        """The next `size` bytes."""
        parts, have = [self._buffer], len(self._buffer)
        self._buffer = b""
        while have < size:
            if not self._take():
                raise BadReply(f"closed after {have} of {size} body bytes")
            parts.append(self._buffer)
            have += len(self._buffer)
            self._buffer = b""
        data = b"".join(parts)
        self._buffer = data[size:]
        return data[:size]

    def _take(self):
        self._socket.settimeout(Deadline.seconds)
        try:
            data = self._socket.recv(262144)
        except TimeoutError as error:
            raise Late(f"no reply within {Deadline.seconds:g} s; so far {self._buffer[:200]!r}") from error
        except ConnectionError:
            return False
        self._buffer += data
        return bool(data)
