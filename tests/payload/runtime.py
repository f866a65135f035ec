"""A Lambda runtime that does what each event tells it to do.

An event `{"do": [[verb, argument...], ...]}` is a list of steps; any other event is echoed. The environment variable
PAYLOAD_INIT holds steps to take before the first /next. Every start appends the process id to the file PAYLOAD_STARTS,
every invocation its request id to the file PAYLOAD_NOTES. Only sockets and literal bytes: nothing of the project is
used here.
"""

import os
import select
import socket
import sys
import time


def append(variable, text):
    path = os.environ.get(variable)
    if path:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        os.write(descriptor, text.encode() + b"\n")
        os.close(descriptor)


def wait_for(path):
    while not os.path.exists(path):
        select.select([], [], [], 0.002)


def touch(path):
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o644))


class Api:
    """One keep-alive connection to the Runtime API."""

    def __init__(self):
        host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].rsplit(":", 1)
        self.address = (host, int(port))
        self.socket = None
        self.buffer = b""

    def send(self, data):
        if self.socket is None:
            self.socket = socket.create_connection(self.address)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.buffer = b""
        self.socket.sendall(data)

    def drop(self):
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    def take(self):
        data = self.socket.recv(262144)
        if not data:
            raise ConnectionError("the emulator closed the connection")
        self.buffer += data

    def reply(self):
        """(status, [(name, value)], body)"""
        while b"\r\n\r\n" not in self.buffer:
            self.take()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = head.split(b"\r\n")
        status = int(lines[0].split(b" ")[1])
        pairs = [tuple(part.strip() for part in line.split(b":", 1)) for line in lines[1:]]
        named = {name.lower(): value for name, value in pairs}
        if named.get(b"transfer-encoding", b"").lower() == b"chunked":
            body = self.chunks()
        else:
            body = self.exactly(int(named.get(b"content-length", b"0")))
        if named.get(b"connection", b"").lower() == b"close":
            self.drop()
        return status, pairs, body

    def exactly(self, size):
        parts, have = [self.buffer], len(self.buffer)
        self.buffer = b""
        while have < size:
            self.take()
            parts.append(self.buffer)
            have += len(self.buffer)
            self.buffer = b""
        data = b"".join(parts)
        self.buffer = data[size:]
        return data[:size]

    def chunks(self):
        body = b""
        while True:
            while b"\r\n" not in self.buffer:
                self.take()
            line, self.buffer = self.buffer.split(b"\r\n", 1)
            size = int(line, 16)
            body += self.exactly(size)
            self.exactly(2)
            if size == 0:
                return body

    def call(self, method, path, headers=(), body=None):
        head = [b"%s %s HTTP/1.1" % (method, path), b"Host: runtime"]
        head += [b"%s: %s" % pair for pair in headers]
        if body is not None:
            head.append(b"Content-Length: %d" % len(body))
        self.send(b"\r\n".join(head) + b"\r\n\r\n" + (body or b""))
        return self.reply()


class Invocation:
    """The steps of one event. During init there is no request id."""

    def __init__(self, api, request_id=b"none", headers=(), event=b""):
        self.api = api
        self.id = request_id
        self.headers = headers
        self.event = event
        self.replies = []

    def run(self, steps):
        for verb, *arguments in steps:
            getattr(self, "do_" + verb.replace("-", "_"))(*arguments)

    def post(self, what, body, headers=None):
        headers = {"Content-Type": "application/json", **(headers or {})}
        pairs = [(name.encode(), value.encode()) for name, value in headers.items() if value is not None]
        status, _, answer = self.api.call(b"POST", b"/2018-06-01/runtime/" + what, pairs, body)
        self.replies.append([status, answer.decode("latin-1")])

    # Answers.
    def do_echo(self, headers=None):
        self.post(b"invocation/%s/response" % self.id, self.event, headers)

    def do_respond(self, text, headers=None):
        self.post(b"invocation/%s/response" % self.id, text.encode("latin-1"), headers)

    def do_respond_size(self, size):
        self.post(b"invocation/%s/response" % self.id, b"x" * size)

    def do_respond_chunked(self, *chunks):
        line = b"POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\n"
        self.api.send(line % self.id + b"Host: runtime\r\nTransfer-Encoding: chunked\r\n\r\n")
        for chunk in chunks:
            self.api.send(b"%x\r\n%s\r\n" % (len(chunk), chunk.encode("latin-1")))
        self.api.send(b"0\r\n\r\n")
        status, _, answer = self.api.reply()
        self.replies.append([status, answer.decode("latin-1")])

    def do_begin_stream(self):
        """Begins a streamed response; piece and end-stream follow."""
        line = b"POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\n"
        mode = b"Lambda-Runtime-Function-Response-Mode: streaming\r\n"
        self.api.send(line % self.id + b"Host: runtime\r\nTransfer-Encoding: chunked\r\n" + mode + b"\r\n")

    def do_piece(self, text):
        self.api.send(b"%x\r\n%s\r\n" % (len(text), text.encode("latin-1")))

    def do_end_stream(self):
        self.api.send(b"0\r\n\r\n")
        status, _, answer = self.api.reply()
        self.replies.append([status, answer.decode("latin-1")])

    def do_respond_to(self, request_id, text):
        self.post(b"invocation/%s/response" % request_id.encode(), text.encode("latin-1"))

    def do_respond_partly(self, size):
        """Announces twice `size` bytes, sends `size` and drops the connection."""
        head = (
            b"POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: runtime\r\nContent-Length: %d\r\n\r\n"
        )
        self.api.send(head % (self.id, 2 * size) + b"x" * size)
        self.api.drop()

    def do_error(self, text, headers=None):
        self.post(b"invocation/%s/error" % self.id, text.encode("latin-1"), headers)

    def do_init_error(self, text, headers=None):
        self.post(b"init/error", text.encode("latin-1"), headers)

    def do_report(self):
        """Answers with what this process sees."""
        import json

        seen = {
            "argv": sys.argv,
            "cwd": os.getcwd(),
            "pid": os.getpid(),
            "group": os.getpgid(0),
            "uid": os.getuid(),
            "gid": os.getgid(),
            "groups": os.getgroups(),
            "environment": dict(os.environ),
            "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in self.headers],
            "event": self.event.decode("latin-1"),
            "files": sorted(map(int, os.listdir("/proc/self/fd"))),
        }
        self.post(b"invocation/%s/response" % self.id, json.dumps(seen).encode())

    def do_replies(self):
        """Answers with the replies to the posts so far."""
        import json

        self.post(b"invocation/%s/response" % self.id, json.dumps(self.replies).encode())

    def do_next(self):
        """Asks for /next in the middle of things."""
        status, _, body = self.api.call(b"GET", b"/2018-06-01/runtime/invocation/next")
        self.replies.append([status, body.decode("latin-1")])

    def do_new_connection(self):
        """The next request uses a new connection."""
        self.api.drop()

    # Ends.
    def do_exit(self, code):
        os._exit(code)

    def do_kill(self, number):
        os.kill(os.getpid(), number)
        self.do_hang()

    def do_hang(self):
        while True:
            select.select([], [], [])

    def do_ignore(self, number):
        import signal

        signal.signal(number, signal.SIG_IGN)

    # Output; the text is Latin-1, so that any byte can be written.
    def do_out(self, text):
        self.write(1, text.encode("latin-1"))

    def do_err(self, text):
        self.write(2, text.encode("latin-1"))

    def do_out_repeated(self, text, count):
        self.write(1, text.encode("latin-1") * count)

    def write(self, descriptor, data):
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]

    # Order and cost.
    def do_await(self, path):
        wait_for(path)

    def do_note(self, path, text):
        """Appends a line to a file."""
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        os.write(descriptor, text.encode() + b"\n")
        os.close(descriptor)

    def do_touch(self, path):
        touch(path)

    def do_once(self, path, *steps):
        """Takes the steps if the file does not exist yet, and makes it."""
        if not os.path.exists(path):
            touch(path)
            self.run(steps)

    def do_headers(self, path):
        """Writes the headers of /next to a file."""
        with open(path + ".new", "wb") as file:
            file.write(b"".join(b"%s: %s\n" % pair for pair in self.headers))
        os.rename(path + ".new", path)

    def do_burn(self, milliseconds):
        """Uses the processor for that long."""
        end = time.monotonic() + milliseconds / 1000
        while time.monotonic() < end:
            pass

    def do_allocate(self, megabytes):
        block = bytearray(megabytes * 1024 * 1024)
        for offset in range(0, len(block), 4096):
            block[offset] = 1

    def do_occupy(self, megabytes):
        """Takes memory and keeps it."""
        self.occupied = b"x" * (megabytes * 1024 * 1024)

    def do_allocate_in_child(self, megabytes):
        """A child uses the memory, says so, and waits; this process goes on and leaves it there."""
        reader, writer = os.pipe()
        if os.fork() == 0:
            self.do_allocate(megabytes)
            os.write(writer, b"x")
            self.do_hang()
        os.close(writer)
        os.read(reader, 1)
        os.close(reader)

    # What may be forbidden. Each adds "done", or the name of the error, to the replies.
    def attempt(self, action):
        import errno

        try:
            action()
            self.replies.append("done")
        except OSError as error:
            self.replies.append(errno.errorcode[error.errno])

    def do_write_file(self, path, megabytes):
        def write():
            with open(path, "wb", buffering=0) as file:
                for _ in range(megabytes):
                    if file.write(b"x" * 1024 * 1024) < 1024 * 1024:
                        file.write(b"x")  # Now it says why.

        self.attempt(write)

    def do_write_text(self, path, text):
        def write():
            descriptor = os.open(path, os.O_WRONLY)
            try:
                os.write(descriptor, text.encode())
            finally:
                os.close(descriptor)

        self.attempt(write)

    def do_remove(self, path):
        self.attempt(lambda: os.remove(path))

    def do_connect(self, host, port):
        self.attempt(lambda: socket.create_connection((host, port), timeout=5).close())

    def do_list(self, path):
        self.replies.append(sorted(os.listdir(path)))

    def do_map(self, megabytes):
        """Asks for memory that may be refused."""
        import mmap

        self.attempt(lambda: mmap.mmap(-1, megabytes * 1024 * 1024, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))

    # Processes.
    def do_child(self, path):
        """A child in the runtime's group that holds its output and never ends; its process id goes to `path`."""
        pid = os.fork()
        if pid == 0:
            self.do_hang()
        with open(path + ".new", "w") as file:
            file.write(str(pid))
        os.rename(path + ".new", path)

    def do_orphans(self, count):
        """Grandchildren whose parents end before them, so that process 1 inherits them; then they end."""
        for _ in range(count):
            reader, writer = os.pipe()
            middle = os.fork()
            if middle == 0:
                if os.fork() == 0:
                    os.close(writer)
                    os.read(reader, 1)  # Until the last holder of `writer` is gone: our parent, and its parent below.
                    os._exit(0)
                os._exit(0)
            os.close(reader)
            os.waitpid(middle, 0)
            os.close(writer)


def become_parent_of(count):
    """False in the children."""
    return all(os.fork() for _ in range(count))


def main():
    append("PAYLOAD_STARTS", str(os.getpid()))
    # A managed instance runs several invocations at the same time: here each in a process of its own.
    workers = int(os.environ.get("AWS_LAMBDA_MAX_CONCURRENCY") or 0)
    if workers and become_parent_of(workers):
        for _ in range(workers):
            os.wait()
        os._exit(0)
    api = Api()
    init = os.environ.get("PAYLOAD_INIT")
    if init:
        import json

        Invocation(api).run(json.loads(init))
    while True:
        status, headers, event = api.call(b"GET", b"/2018-06-01/runtime/invocation/next")
        if status != 200:
            sys.stderr.write(f"next: {status} {event!r}\n")
            os._exit(70)
        named = {name.lower(): value for name, value in headers}
        request_id = named[b"lambda-runtime-aws-request-id"]
        append("PAYLOAD_NOTES", request_id.decode())
        invocation = Invocation(api, request_id, headers, event)
        if event.startswith(b'{"do":'):
            import json

            invocation.run(json.loads(event)["do"])
        else:
            invocation.do_echo()


main()
