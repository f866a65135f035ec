"""An external extension that does what its steps file tells it to do: extension.py NAME STEPS RECORD.

STEPS is a JSON file, [[verb, argument...], ...]. What happens is appended to RECORD, one JSON array per line: the process
id at the start, and every reply. Only sockets and literal bytes: nothing of the project is used here.
"""

import json
import os
import select
import signal
import socket
import sys


class Extension:
    def __init__(self, name, record):
        host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].rsplit(":", 1)
        self.address = (host, int(port))
        self.name = name.encode()
        self.record = record
        self.identifier = None
        self.socket = None
        self.buffer = b""

    def note(self, *values):
        descriptor = os.open(self.record, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        os.write(descriptor, json.dumps(values).encode() + b"\n")
        os.close(descriptor)

    def run(self, steps):
        for verb, *arguments in steps:
            getattr(self, "do_" + verb.replace("-", "_"))(*arguments)

    def send(self, method, path, headers=(), body=b""):
        lines = [b"%s /2020-01-01/extension/%s HTTP/1.1" % (method, path), b"Host: runtime"]
        lines += [b"%s: %s" % pair for pair in headers]
        if method == b"POST":
            lines.append(b"Content-Length: %d" % len(body))
        if self.socket is None:
            self.socket = socket.create_connection(self.address)
            self.buffer = b""
        self.socket.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + body)

    def take(self):
        data = self.socket.recv(65536)
        if not data:
            self.note("closed")
            os._exit(71)
        self.buffer += data

    def reply(self, to):
        while b"\r\n\r\n" not in self.buffer:
            self.take()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        length = int(headers["content-length"])
        while len(self.buffer) < length:
            self.take()
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        self.note(to, int(lines[0].split(" ")[1]), headers, body.decode())
        return headers, body

    # Requests.
    def do_register(self, events):
        body = json.dumps({"events": events}).encode()
        self.send(b"POST", b"register", [(b"Lambda-Extension-Name", self.name)], body)
        headers, _ = self.reply("register")
        self.identifier = headers.get("lambda-extension-identifier", "").encode()

    def do_ask(self):
        """Asks for the next event and does not wait for it."""
        self.send(b"GET", b"event/next", [(b"Lambda-Extension-Identifier", self.identifier)])

    def do_next(self):
        self.do_ask()
        return json.loads(self.reply("next")[1])

    def do_loop(self, *steps):
        """Takes events, carrying out `steps` after each; ends after SHUTDOWN."""
        while self.do_next().get("eventType") != "SHUTDOWN":
            self.run(steps)
        os._exit(0)

    def do_error(self, which, error_type):
        """which: init or exit."""
        headers = [
            (b"Lambda-Extension-Identifier", self.identifier),
            (b"Lambda-Extension-Function-Error-Type", error_type.encode()),
        ]
        self.send(b"POST", which.encode() + b"/error", headers, b"{}")
        self.reply("error")

    def do_error_unread(self, which, error_type):
        """Reports an error and does not wait for the reply."""
        headers = [
            (b"Lambda-Extension-Identifier", self.identifier),
            (b"Lambda-Extension-Function-Error-Type", error_type.encode()),
        ]
        self.send(b"POST", which.encode() + b"/error", headers, b"{}")

    def do_subscribe(self, port):
        """Listens for telemetry in a child, which notes it, and asks for the platform's."""
        listener = socket.create_server(("127.0.0.1", port))
        if os.fork() == 0:
            self.take_telemetry(listener)
        listener.close()
        destination = {"protocol": "HTTP", "URI": f"http://sandbox.localdomain:{port}"}
        buffering = {"timeoutMs": 25, "maxBytes": 262144, "maxItems": 1000}
        wanted = {"schemaVersion": "2022-12-13", "types": ["platform"], "buffering": buffering, "destination": destination}
        body = json.dumps(wanted).encode()
        head = b"PUT /2022-07-01/telemetry HTTP/1.1\r\nHost: runtime\r\nContent-Type: application/json\r\n"
        head += b"Lambda-Extension-Identifier: %s\r\nContent-Length: %d\r\n\r\n" % (self.identifier, len(body))
        self.socket.sendall(head + body)
        self.reply("subscribe")

    def take_telemetry(self, listener):
        while True:
            connection, _ = listener.accept()
            data = b""
            while part := connection.recv(65536):
                data += part
                head, end, body = data.partition(b"\r\n\r\n")
                if end and len(body) >= int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0]):
                    self.note("telemetry", json.loads(body))
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                    data = b""

    def do_drop(self):
        self.socket.close()
        self.socket = None

    # Everything else.
    def do_out(self, text):
        os.write(1, text.encode())

    def do_flood(self, megabytes):
        """Writes so many megabytes of lines to stdout."""
        data = (b"~" * 99 + b"\n") * 10_000
        for _ in range(megabytes):
            view = memoryview(data)
            while view:
                view = view[os.write(1, view) :]

    def do_err(self, text):
        os.write(2, text.encode())

    def do_report(self):
        seen = {"pid": os.getpid(), "group": os.getpgid(0), "cwd": os.getcwd(), "environment": dict(os.environ)}
        self.note("report", {**seen, "files": sorted(map(int, os.listdir("/proc/self/fd")))})

    def do_await(self, path):
        while not os.path.exists(path):
            select.select([], [], [], 0.002)

    def do_note(self, text):
        self.note("note", text)

    def do_ignore(self, number):
        signal.signal(number, signal.SIG_IGN)

    def do_child(self):
        """A child in this process group that never ends."""
        pid = os.fork()
        if pid == 0:
            self.do_hang()
        self.note("child", pid)

    def do_exit(self, code):
        os._exit(code)

    def do_hang(self):
        while True:
            select.select([], [], [])


def main():
    name, steps, record = sys.argv[1:]
    extension = Extension(name, record)
    extension.note("started", os.getpid())
    with open(steps) as file:
        steps = json.load(file)
    extension.run(steps)


main()
