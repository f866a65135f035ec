"""The two APIs of Lambda that the extension speaks, and the server that the second one posts to."""

import http.client
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

# The least that the Telemetry API takes: an invocation's records are wanted before it ends.
BUFFERING = {"maxItems": 1000, "maxBytes": 262144, "timeoutMs": 25}


# Of an environment that runs several invocations at once, extensions are told the end only.
IS_MANAGED = os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "lambda-managed-instances"
EVENTS = ["SHUTDOWN"] if IS_MANAGED else ["INVOKE", "SHUTDOWN"]


class LambdaApis:
    """The Extensions API and the Telemetry API, for an extension that registers here."""

    def __init__(self, name):
        # No time limit: the next event comes when there is one.
        self._connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
        self._headers = {"Lambda-Extension-Name": name}
        answer, content = self._call("POST", "/2020-01-01/extension/register", {"events": EVENTS})
        self.function = json.loads(content)
        self._headers = {"Lambda-Extension-Identifier": answer.getheader("Lambda-Extension-Identifier")}

    def subscribe(self, port):
        self._call(
            "PUT",
            "/2022-07-01/telemetry",
            {
                "schemaVersion": "2025-01-29",
                "types": ["platform", "function"],
                "buffering": BUFFERING,
                "destination": {"protocol": "HTTP", "URI": f"http://sandbox.localdomain:{port}"},
            },
        )

    def next_event(self):
        return json.loads(self._call("GET", "/2020-01-01/extension/event/next")[1])

    def _call(self, method, path, body=None):
        headers = {**self._headers, "Content-Type": "application/json"}
        self._connection.request(method, path, body and json.dumps(body), headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{method} {path}: {answer.status} {content.decode('utf-8', 'replace')}")
        return answer, content


class Receiver:
    """Listens for batches of records, and calls `on_records` with each from a thread of its own."""

    def __init__(self, on_records):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                on_records(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        server = HTTPServer((_address_of_the_sandbox(), 0), Handler)
        self.port = server.server_port
        threading.Thread(target=server.serve_forever, daemon=True).start()


def _address_of_the_sandbox():
    """Where Lambda finds us: /etc/hosts says so there. Elsewhere no other machine is to."""
    with open("/etc/hosts") as hosts:
        for line in hosts:
            address, *names = line.partition("#")[0].split() or [None]
            if "sandbox.localdomain" in names:
                return address
    return "127.0.0.1"
