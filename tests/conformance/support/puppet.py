"""The test in the place of the runtime: it speaks the Runtime API itself, byte by byte."""

from .http1 import request

NEXT = b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: localhost\r\n\r\n"


def request_id_of(invocation):
    """The request id of a reply to /next, as it goes into the path of the answer."""
    return invocation.header("Lambda-Runtime-Aws-Request-Id").encode()


class Puppet:
    """A connection to the Runtime API and the words a runtime says there."""

    def __init__(self, emulator):
        self._emulator = emulator
        self.connection = emulator.connect_runtime_api()

    def reconnect(self):
        self.connection.close()
        self.connection = self._emulator.connect_runtime_api()

    def ask_next(self):
        """Asks for the next invocation and does not wait for it."""
        self.connection.send(NEXT)

    def receive(self):
        """Waits for the invocation that was asked for."""
        return self.connection.reply(to=b"GET")

    def next(self):
        """Asks for the next invocation and waits for it."""
        self.ask_next()
        return self.receive()

    def next_id(self):
        reply = self.next()
        assert reply.status == 200, reply
        return request_id_of(reply)

    def get(self, path):
        self.connection.send(request(b"GET", path))
        return self.connection.reply(to=b"GET")

    def post(self, path, body=b"", headers=()):
        self.connection.send(request(b"POST", path, body, headers))
        return self.connection.reply()

    def respond(self, request_id, body=b"{}", headers=()):
        return self.post(b"/2018-06-01/runtime/invocation/" + request_id + b"/response", body, headers)

    def fail(self, request_id, body=b'{"errorMessage":"boom","errorType":"MyErr","stackTrace":[]}', headers=()):
        return self.post(b"/2018-06-01/runtime/invocation/" + request_id + b"/error", body, headers)

    def fail_init(self, body=b'{"errorMessage":"no","errorType":"Runtime.NoInit"}', headers=()):
        return self.post(b"/2018-06-01/runtime/init/error", body, headers)
