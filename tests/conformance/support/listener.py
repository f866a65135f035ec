"""Where an extension listens for its telemetry. The test has it in its own process."""

import http.server
import json
import socket
import threading

from .waiting import wait_until


class HttpListener:
    """Takes batches as an extension's HTTP server does."""

    def __init__(self):
        self.requests = []  # (method, path, headers, body)
        self.status = 200
        self.may_read = threading.Event()  # until it is set again no body is read
        self.may_read.set()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def take(self):
                outer.may_read.wait()
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.requests.append((self.command, self.path, dict(self.headers), body))
                self.send_response(outer.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_POST = do_PUT = take

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def destination(self, host="sandbox.localdomain", path=""):
        return {"protocol": "HTTP", "URI": f"http://{host}:{self.port}{path}"}

    def records(self):
        return [record for *_, body in list(self.requests) for record in json.loads(body)]

    def wait_for(self, record_type, count=1):
        return wait_for(self, record_type, count)

    def close(self):
        self.may_read.set()
        self._server.shutdown()
        self._server.server_close()


class TcpListener:
    """Takes lines."""

    def __init__(self):
        self._received = bytearray()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._take, daemon=True).start()

    def destination(self):
        return {"protocol": "TCP", "port": self.port}

    def records(self):
        lines = bytes(self._received).split(b"\n")
        return [json.loads(line) for line in lines[:-1]]

    def wait_for(self, record_type, count=1):
        return wait_for(self, record_type, count)

    def close(self):
        # Wakes accept(), which close() alone does not.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _take(self):
        try:
            while True:
                connection, _ = self._listener.accept()
                with connection:
                    while data := connection.recv(65536):
                        self._received += data
        except OSError:
            pass


def wait_for(listener, record_type, count):
    """The first `count` records of that type."""

    def found():
        of_type = [record for record in listener.records() if record["type"] == record_type]
        return len(of_type) >= count and of_type

    return wait_until(found, f"{count} records of type {record_type}, beside {listener.records()}")
