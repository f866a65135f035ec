"""Responses that a runtime streams: to callers of InvokeWithResponseStream, and to those of a plain Invoke."""

import json
import os
import re
import select
import signal
import struct
import time
import zlib

import pytest

from support.emulator import INVOKE, PUPPET, UUID, do
from support.http1 import BadReply, request
from support.processes import rss
from support.puppet import Puppet, request_id_of
from support.waiting import wait_until

pytestmark = pytest.mark.fixed

STREAM_INVOKE = b"/2021-11-15/functions/function/response-streaming-invocations"
MEGABYTE = 1024 * 1024


# --- the caller's end -------------------------------------------------------------------------------------------------


class Events:
    """Reads the answer of InvokeWithResponseStream from a connection, chunk by chunk, frame by frame."""

    def __init__(self, connection):
        self._connection = connection
        self._data = b""
        self.head = connection.reply_head()
        assert self.head.status == 200, self.head
        assert self.head.header("Content-Type") == "application/vnd.amazon.eventstream"
        self._length = self.head.header("Content-Length")
        assert (self._length is None) == (self.head.header("Transfer-Encoding") == "chunked"), self.head
        if self._length is not None:
            self._data = connection.exactly(int(self._length))

    def next(self):
        """(event type, content type, payload), or None at the end."""
        total, headers_length = struct.unpack(">II", self._need(12)[:8])
        frame = self._need(total)[:total]
        self._data = self._data[total:]
        assert struct.unpack(">I", frame[8:12])[0] == zlib.crc32(frame[:8]), "the prelude's CRC"
        assert struct.unpack(">I", frame[-4:])[0] == zlib.crc32(frame[:-4]), "the message's CRC"
        headers = _frame_headers(frame[12 : 12 + headers_length])
        assert headers.pop(":message-type") == "event"
        kind, content_type = headers.pop(":event-type"), headers.pop(":content-type")
        assert not headers
        return kind, content_type, frame[12 + headers_length : -4]

    def payload_piece(self):
        kind, content_type, payload = self.next()
        assert (kind, content_type) == ("PayloadChunk", "application/octet-stream")
        return payload

    def to_the_end(self):
        """(all payload until InvokeComplete, what that says)."""
        payload = []
        while True:
            kind, content_type, data = self.next()
            if kind == "InvokeComplete":
                assert content_type == "application/json"
                self.assert_ended()
                return b"".join(payload), json.loads(data)
            assert (kind, content_type) == ("PayloadChunk", "application/octet-stream")
            payload.append(data)

    def assert_ended(self):
        assert self._data == b""
        if self._length is None:
            assert self._connection.chunk() == b""

    def _need(self, size):
        while len(self._data) < size:
            assert self._length is None, "cut off"
            chunk = self._connection.chunk()
            assert chunk, "the stream ended within a message"
            self._data += chunk
        return self._data


def _frame_headers(data):
    headers = {}
    while data:
        name_length = data[0]
        name = data[1 : 1 + name_length].decode()
        data = data[1 + name_length :]
        assert data[0] == 7, "a string"
        (value_length,) = struct.unpack(">H", data[1:3])
        assert name not in headers
        headers[name] = data[3 : 3 + value_length].decode()
        data = data[3 + value_length :]
    return headers


# --- the runtime's end ------------------------------------------------------------------------------------------------


class Streamer:
    """The test in the place of a runtime that streams the answer to its next invocation."""

    def __init__(self, emulator):
        self.emulator = emulator
        self.puppet = Puppet(emulator)
        self.id = self.puppet.next_id()

    def begin(self, *lines, mode=b"streaming", content_type=b"text/plain"):
        head = [b"POST /2018-06-01/runtime/invocation/" + self.id + b"/response HTTP/1.1", b"Host: runtime"]
        head += [b"Transfer-Encoding: chunked", *lines]
        if mode:
            head.append(b"Lambda-Runtime-Function-Response-Mode: " + mode)
        if content_type:
            head.append(b"Content-Type: " + content_type)
        return self.send(b"\r\n".join(head) + b"\r\n\r\n")

    def send(self, data):
        self.puppet.connection.send(data)
        return self

    def piece(self, data):
        return self.send(b"%x\r\n%s\r\n" % (len(data), data))

    def end(self, *trailers):
        return self.send(b"0\r\n" + b"".join(line + b"\r\n" for line in trailers) + b"\r\n")

    def reply(self):
        return self.puppet.connection.reply()

    def assert_accepted(self):
        reply = self.reply()
        assert (reply.status, reply.body) == (202, b'{"status":"OK"}\n')
        self.puppet.ask_next()


@pytest.fixture
def begin(start):
    """begin(flags..., path=): (emulator, the caller's connection, the runtime), the invocation delivered."""

    def begin(*flags, path=STREAM_INVOKE, **options):
        emulator = start(*flags, command=PUPPET, **options)
        caller = emulator.begin(path=path)
        emulator.wait_for_start()
        return emulator, caller, Streamer(emulator)

    return begin


def complete_error(complete):
    return complete["ErrorCode"], json.loads(complete["ErrorDetails"])


# --- InvokeWithResponseStream -----------------------------------------------------------------------------------------


def test_each_piece_reaches_the_caller_when_it_is_produced(begin):
    _, caller, runtime = begin()
    runtime.begin().piece(b"first")
    events = Events(caller)
    assert events.payload_piece() == b"first"
    runtime.piece(b"second")
    assert events.payload_piece() == b"second"
    runtime.piece(b"third").end()
    assert events.to_the_end() == (b"third", {})
    runtime.assert_accepted()


def test_the_answer_begins_with_the_first_piece(begin):
    _, caller, runtime = begin()
    runtime.begin()
    # What the runtime asks afterwards is answered afterwards.
    other = Puppet(runtime.emulator)
    assert other.next().status == 403
    assert not caller.answered()
    runtime.piece(b"x").end()
    assert Events(caller).to_the_end() == (b"x", {})


def test_the_answer_has_lambda_s_headers(begin):
    _, caller, runtime = begin()
    runtime.begin(content_type=b"application/vnd.awslambda.http-integration-response").piece(b"x").end()
    head = Events(caller).head
    assert head.header("X-Amz-Executed-Version") == "$LATEST"
    assert head.header("X-Amzn-RequestId").encode() == runtime.id
    assert head.header("X-Amzn-Remapped-Content-Type") == "application/vnd.awslambda.http-integration-response"
    assert head.header("X-Amzn-Trace-Id")
    assert head.header("X-Amz-Function-Error") is None


def test_any_bytes_pass_unchanged(begin):
    prelude = b'{"statusCode":201,"headers":{"a":"b"},"cookies":["c=d"]}' + bytes(8) + bytes(range(256))
    _, caller, runtime = begin()
    runtime.begin(content_type=b"application/vnd.awslambda.http-integration-response")
    runtime.piece(prelude).piece(b"\r\n0\r\n\r\n").end()
    assert Events(caller).to_the_end() == (prelude + b"\r\n0\r\n\r\n", {})


def test_a_stream_without_a_byte_ends_at_once(begin):
    _, caller, runtime = begin()
    runtime.begin().end()
    assert Events(caller).to_the_end() == (b"", {})
    runtime.assert_accepted()


def test_megabytes_pass(begin):
    _, caller, runtime = begin()
    events = None
    runtime.begin()
    piece = os.urandom(MEGABYTE)
    received = []
    for number in range(20):
        runtime.piece(piece)
        events = events or Events(caller)
        while sum(map(len, received)) < (number + 1) * MEGABYTE:
            received.append(events.payload_piece())
    runtime.end()
    assert events.to_the_end() == (b"", {})
    assert b"".join(received) == 20 * piece


def test_a_stream_of_known_length_is_one_too(begin):
    _, caller, runtime = begin()
    runtime.send(
        b"POST /2018-06-01/runtime/invocation/" + runtime.id + b"/response HTTP/1.1\r\nHost: runtime\r\n"
        b"Lambda-Runtime-Function-Response-Mode: streaming\r\nContent-Length: 6\r\n\r\nabc"
    )
    events = Events(caller)
    assert events.payload_piece() == b"abc"
    runtime.send(b"def")
    assert events.to_the_end() == (b"def", {})
    runtime.assert_accepted()


def test_a_runtime_that_announces_the_trailers_streams(begin):
    """As aws-lambda-go, which never says so in another way."""
    _, caller, runtime = begin()
    runtime.begin(
        b"Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body", mode=None
    ).piece(b"x")
    events = Events(caller)
    assert events.payload_piece() == b"x"
    runtime.end()
    assert events.to_the_end() == (b"", {})


def test_a_response_that_is_not_streamed_is_an_event_too(begin):
    _, caller, runtime = begin()
    assert runtime.puppet.respond(runtime.id, b'{"a":1}', [(b"Content-Type", b"application/json")]).status == 202
    events = Events(caller)
    assert events.head.header("X-Amzn-Remapped-Content-Type") == "application/json"
    assert events.to_the_end() == (b'{"a":1}', {})


def test_a_large_response_that_is_not_streamed_comes_in_several_events(begin):
    _, caller, runtime = begin()
    body = os.urandom(6 * MEGABYTE)
    assert runtime.puppet.respond(runtime.id, body).status == 202
    events = Events(caller)
    first = events.payload_piece()
    assert len(first) < len(body)
    rest, complete = events.to_the_end()
    assert first + rest == body and complete == {}


def test_the_next_invocation_comes_over_the_same_connections(begin):
    _, caller, runtime = begin()
    for text in (b"one", b"two"):
        runtime.begin().piece(text).end()
        assert Events(caller).to_the_end() == (text, {})
        runtime.assert_accepted()
        if text == b"one":
            caller.send(request(b"POST", STREAM_INVOKE, b"{}"))
            reply = runtime.puppet.connection.reply(to=b"GET")
            runtime.id = request_id_of(reply)


# --- errors -----------------------------------------------------------------------------------------------------------


ERROR_TRAILERS = (
    b"Lambda-Runtime-Function-Error-Type: Handler.Broke",
    b"Lambda-Runtime-Function-Error-Body: eyJlcnJvck1lc3NhZ2UiOiJib29tIiwiZXJyb3JUeXBlIjoiTXlFcnIifQ==",
)
ERROR_BODY = {"errorMessage": "boom", "errorType": "MyErr"}


def test_an_error_in_the_middle_is_told_at_the_end(begin):
    _, caller, runtime = begin()
    runtime.begin().piece(b"half").end(*ERROR_TRAILERS)
    payload, complete = Events(caller).to_the_end()
    assert payload == b"half"
    assert complete_error(complete) == ("Handler.Broke", ERROR_BODY)
    runtime.assert_accepted()


def test_an_error_before_the_first_byte_is_told_too(begin):
    _, caller, runtime = begin()
    runtime.begin().end(*ERROR_TRAILERS)
    _, complete = Events(caller).to_the_end()
    assert complete_error(complete) == ("Handler.Broke", ERROR_BODY)


def test_a_posted_error_is_payload_and_end(begin):
    _, caller, runtime = begin()
    body = b'{"errorMessage":"boom","errorType":"MyErr"}'
    assert runtime.puppet.fail(runtime.id, body).status == 202
    payload, complete = Events(caller).to_the_end()
    assert payload == body
    assert complete_error(complete) == ("Unhandled", ERROR_BODY)


def test_a_runtime_that_dies_in_the_middle(begin):
    emulator, caller, runtime = begin()
    runtime.begin().piece(b"half")
    events = Events(caller)
    assert events.payload_piece() == b"half"
    os.kill(emulator.starts()[-1], signal.SIGKILL)
    _, complete = events.to_the_end()
    code, details = complete_error(complete)
    assert code == "Unhandled"
    assert details["errorType"] == "Runtime.ExitError"
    assert details["errorMessage"].endswith("Error: Runtime exited with error: signal: killed")


@pytest.mark.parametrize("end", [["exit", 3], ["kill", 9]])
def test_the_end_of_a_runtime_is_the_reason_not_that_its_connection_broke(emulator, end):
    for _ in range(5):
        event = do(["begin-stream"], ["piece", "half"], end)
        with emulator.begin(event, STREAM_INVOKE) as caller:
            payload, complete = Events(caller).to_the_end()
        assert payload == b"half"
        assert complete_error(complete)[1]["errorType"] == "Runtime.ExitError"


def test_a_runtime_that_ends_right_after_its_stream_has_answered(emulator):
    event = do(["begin-stream"], ["piece", "x" * 1_000_000], ["end-stream"], ["exit", 0])
    with emulator.begin(event, STREAM_INVOKE) as caller:
        assert Events(caller).to_the_end() == (b"x" * 1_000_000, {})


def test_a_runtime_that_breaks_off_and_lives(begin):
    """It is told, and the runtime goes on."""
    emulator, caller, runtime = begin()
    runtime.begin().piece(b"half")
    events = Events(caller)
    assert events.payload_piece() == b"half"
    runtime.puppet.reconnect()
    _, complete = events.to_the_end()
    assert complete_error(complete)[1]["errorType"] == "Runtime.TruncatedResponse"
    second = emulator.begin(path=STREAM_INVOKE)
    again = runtime.puppet.next_id()
    assert again != runtime.id
    runtime.id = again
    runtime.begin().piece(b"x").end()
    assert Events(second).to_the_end() == (b"x", {})


def test_a_timeout_in_the_middle(begin):
    emulator, caller, runtime = begin(environment={"AWS_LAMBDA_FUNCTION_TIMEOUT": "1"})
    runtime.begin().piece(b"half")
    payload, complete = Events(caller).to_the_end()
    assert payload == b"half"
    code, details = complete_error(complete)
    assert (code, details["errorType"]) == ("Unhandled", "Sandbox.Timedout")
    assert "Task timed out after 1.00 seconds" in details["errorMessage"]
    emulator.wait_for_stdout(rb"END RequestId: " + runtime.id + rb"\nREPORT RequestId: " + runtime.id)


def test_a_crash_before_any_answer(begin):
    emulator, caller, _ = begin()
    os.kill(emulator.starts()[-1], signal.SIGKILL)
    payload, complete = Events(caller).to_the_end()
    assert json.loads(payload)["errorType"] == "Runtime.ExitError"
    assert complete_error(complete)[0] == "Unhandled"


@pytest.mark.parametrize("size", [10, 11])
def test_more_than_the_limit_is_an_error(begin, size):
    _, caller, runtime = begin("--max-streamed-bytes", 10)
    runtime.begin().piece(b"x" * 4).piece(b"x" * (size - 4))
    if size == 10:
        runtime.end()
        runtime.assert_accepted()
        assert Events(caller).to_the_end() == (b"x" * 10, {})
        return
    # The runtime is told before it has ended.
    reply = runtime.reply()
    assert (reply.status, reply.json()["errorType"]) == (413, "RequestEntityTooLarge")
    payload, complete = Events(caller).to_the_end()
    assert payload == b"x" * 10
    assert complete_error(complete)[1]["errorType"] == "Function.ResponseSizeTooLarge"
    # It goes on over the same connection.
    runtime.piece(b"more").end()
    runtime.puppet.ask_next()
    second = runtime.emulator.begin(path=STREAM_INVOKE)
    runtime.id = runtime.puppet.connection.reply(to=b"GET").header("Lambda-Runtime-Aws-Request-Id").encode()
    runtime.begin().piece(b"y").end()
    assert Events(second).to_the_end() == (b"y", {})


def test_the_limit_is_lambda_s_200_mb(begin):
    _, caller, runtime = begin()
    runtime.begin()
    piece = bytes(4 * MEGABYTE)
    sent = received = 0
    events = None
    while sent < 200 * MEGABYTE:
        runtime.piece(piece)
        sent += len(piece)
        events = events or Events(caller)
        while received < sent:
            received += len(events.payload_piece())
    runtime.piece(b"x")
    assert runtime.reply().status == 413
    payload, complete = events.to_the_end()
    assert payload == b"" and received == 200 * MEGABYTE
    assert complete_error(complete)[1]["errorType"] == "Function.ResponseSizeTooLarge"


@pytest.mark.parametrize(
    "other_id, extra, status, error",
    [
        (b"11111111-2222-3333-4444-555555555555", (), 400, "InvalidRequestID"),
        (None, (b"Lambda-Runtime-Invocation-Id: stale",), 410, "ErrorRuntimeInvokeTimeout"),
    ],
)
def test_a_wrong_stream_is_refused_at_its_head(begin, other_id, extra, status, error):
    _, caller, runtime = begin()
    right = runtime.id
    runtime.id = other_id or right
    runtime.begin(*extra)
    reply = runtime.reply()
    assert (reply.status, reply.json()["errorType"]) == (status, error)
    runtime.piece(b"nobody wants this").end()
    runtime.id = right
    runtime.begin().piece(b"right").end()
    runtime.assert_accepted()
    assert Events(caller).to_the_end() == (b"right", {})


def test_nothing_else_is_allowed_while_a_stream_runs(begin):
    emulator, caller, runtime = begin()
    runtime.begin().piece(b"x")
    other = Puppet(emulator)
    for reply in (other.respond(runtime.id), other.fail(runtime.id), other.next()):
        assert (reply.status, reply.json()["errorType"]) == (403, "InvalidStateTransition")
        assert "from InvocationResponse to" in reply.json()["errorMessage"]
    runtime.end()
    assert Events(caller).to_the_end() == (b"x", {})


def test_an_unknown_mode_is_refused(begin):
    _, caller, runtime = begin()
    runtime.begin(mode=b"sideways").piece(b"x").end()
    assert runtime.reply().json()["errorType"] == "InvalidFunctionResponseMode"
    _, complete = Events(caller).to_the_end()
    assert complete_error(complete)[1]["errorType"] == "Runtime.InvalidResponseModeHeader"


def test_a_chunk_that_is_none_ends_the_stream(begin):
    _, caller, runtime = begin()
    runtime.begin().piece(b"half").send(b"zz\r\n")
    payload, complete = Events(caller).to_the_end()
    assert payload == b"half"
    assert complete_error(complete)[1]["errorType"] == "Runtime.TruncatedResponse"


@pytest.mark.parametrize("method", [b"GET", b"PUT"])
def test_the_path_takes_only_post(emulator, method):
    with emulator.connect() as connection:
        connection.send(request(method, STREAM_INVOKE))
        assert connection.reply(to=method).status == 405


def test_a_payload_over_6_mb_is_refused_as_for_invoke(emulator):
    reply = emulator.invoke(b"x" * (6 * MEGABYTE + 1), STREAM_INVOKE)
    assert (reply.status, reply.header("X-Amzn-ErrorType")) == (413, "RequestTooLargeException")


# --- who reads slowly, or not at all ----------------------------------------------------------------------------------


def test_a_slow_caller_holds_the_runtime_back(begin):
    emulator, caller, runtime = begin("--max-streamed-bytes", 500 * MEGABYTE)
    runtime.begin().piece(b"x")
    events = Events(caller)
    assert events.payload_piece() == b"x"
    before = rss(emulator.pid)

    # As much as the runtime can get rid of while nobody reads: what the sockets hold, and little more.
    out = runtime.puppet.connection
    size = 64 * MEGABYTE
    rest = memoryview(b"%x\r\n" % size + bytes(size) + b"\r\n")
    while select.select([], [out], [], 0.3)[1]:
        rest = rest[out.send_some(rest) :]
    assert len(rest) > size // 2, "the runtime was not held back"
    assert rss(emulator.pid) - before < 3 * MEGABYTE

    received = 0
    while received < size:
        received += len(events.payload_piece())
        if rest and select.select([], [out], [], 0)[1]:
            rest = rest[out.send_some(rest) :]
    runtime.end()
    assert events.to_the_end() == (b"", {})
    runtime.assert_accepted()


@pytest.mark.parametrize("before", [b"", b"x" * (8 * MEGABYTE)])
def test_a_caller_who_goes_away_lets_the_runtime_finish(begin, before):
    emulator, caller, runtime = begin()
    runtime.begin().piece(b"first")
    assert Events(caller).payload_piece() == b"first"
    caller.close()
    for _ in range(8):
        runtime.piece(before or b"more")
    runtime.end()
    runtime.assert_accepted()
    emulator.wait_for_stdout(rb"REPORT RequestId: " + runtime.id)
    assert len(emulator.starts()) == 1


def test_a_caller_who_goes_away_while_the_runtime_is_held_back(begin):
    emulator, caller, runtime = begin()
    runtime.begin()
    out = runtime.puppet.connection
    rest = memoryview(b"%x\r\n" % (64 * MEGABYTE) + bytes(64 * MEGABYTE) + b"\r\n0\r\n\r\n")
    while select.select([], [out], [], 0.3)[1]:
        rest = rest[out.send_some(rest) :]
    assert rest
    caller.close()
    out.send(rest)
    runtime.assert_accepted()


def test_the_rate_is_kept_after_the_first_6_mb(begin):
    """Ten bytes more than 6 MB, at ten bytes a second: the next have to wait for a second."""
    _, caller, runtime = begin("--stream-rate", 10)
    runtime.begin()
    first = bytes(6 * MEGABYTE)
    runtime.piece(first)
    events = Events(caller)
    received = 0
    while received < len(first):
        received += len(events.payload_piece())
    begun = time.monotonic()
    runtime.piece(b"0123456789")
    assert events.payload_piece() == b"0123456789"
    runtime.piece(b"later").end()
    assert events.to_the_end() == (b"later", {})
    assert time.monotonic() - begun >= 1, "faster than the rate"


# --- plain Invoke -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [b"function", b"hello"])
def test_a_plain_invoke_gets_the_stream_whole(begin, name):
    _, caller, runtime = begin(path=b"/2015-03-31/functions/" + name + b"/invocations")
    runtime.begin().piece(b"one").piece(b"two")
    assert not select.select([caller], [], [], 0.1)[0]
    runtime.end()
    reply = caller.reply()
    assert (reply.status, reply.body) == (200, b"onetwo")
    assert reply.header("Content-Type") == "text/plain"
    assert reply.header("Content-Length") == "6"


def test_a_plain_invoke_takes_6_mb_of_a_stream(begin):
    _, caller, runtime = begin(path=INVOKE)
    runtime.begin()
    for _ in range(7):
        runtime.piece(bytes(MEGABYTE))
    runtime.end()
    assert runtime.reply().status == 413
    assert caller.reply().json()["errorType"] == "Function.ResponseSizeTooLarge"


@pytest.mark.parametrize("name", [b"function", b"hello"])
def test_a_plain_invoke_is_told_of_an_error_in_the_middle(begin, name):
    _, caller, runtime = begin(path=b"/2015-03-31/functions/" + name + b"/invocations")
    runtime.begin().piece(b"half").end(*ERROR_TRAILERS)
    reply = caller.reply()
    assert (reply.status, reply.header("X-Amz-Function-Error")) == (200, "Unhandled")
    assert reply.json() == ERROR_BODY


def test_with_stream_invoke_a_plain_invoke_gets_the_bytes_as_they_come(begin):
    _, caller, runtime = begin("--stream-invoke", path=INVOKE)
    runtime.begin().piece(b"first")
    head = caller.reply_head()
    assert head.status == 200
    assert head.header("Transfer-Encoding") == "chunked"
    assert head.header("Content-Type") == "text/plain"
    assert re.fullmatch(UUID, head.header("X-Amzn-RequestId"))
    assert head.header("X-Amz-Executed-Version") == "$LATEST"
    assert caller.chunk() == b"first"
    runtime.piece(b"second")
    assert caller.chunk() == b"second"
    runtime.end()
    assert caller.chunk() == b""
    runtime.assert_accepted()


def test_with_stream_invoke_what_is_not_streamed_is_answered_as_without(begin):
    _, caller, runtime = begin("--stream-invoke", path=INVOKE)
    runtime.puppet.respond(runtime.id, b'{"a":1}')
    reply = caller.reply()
    assert (reply.status, reply.body, reply.header("Content-Length")) == (200, b'{"a":1}', "7")


def test_with_stream_invoke_an_error_before_the_first_byte_is_answered_as_without(begin):
    _, caller, runtime = begin("--stream-invoke", path=INVOKE)
    runtime.begin().end(*ERROR_TRAILERS)
    reply = caller.reply()
    assert (reply.header("X-Amz-Function-Error"), reply.json()) == ("Unhandled", ERROR_BODY)


@pytest.mark.parametrize("how", ["trailers", "death", "limit"])
def test_with_stream_invoke_an_error_in_the_middle_leaves_the_answer_without_its_end(begin, how):
    emulator, caller, runtime = begin("--stream-invoke", "--max-streamed-bytes", 10, path=INVOKE)
    runtime.begin().piece(b"half")
    caller.reply_head()
    assert caller.chunk() == b"half"
    if how == "trailers":
        runtime.end(*ERROR_TRAILERS)
    elif how == "limit":
        runtime.piece(b"more than it")
        assert caller.chunk() == b"more t"
    else:
        os.kill(emulator.starts()[-1], signal.SIGKILL)
    with pytest.raises(BadReply, match="closed after"):
        caller.chunk()


def test_with_stream_invoke_a_caller_of_http_1_0_gets_the_bytes_until_the_end(start):
    emulator = start("--stream-invoke", command=PUPPET)
    caller = emulator.connect()
    caller.send(b"POST " + INVOKE + b" HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}")
    emulator.wait_for_start()
    runtime = Streamer(emulator)
    runtime.begin().piece(b"one").piece(b"two").end()
    head, body = caller.rest().split(b"\r\n\r\n", 1)
    assert body == b"onetwo"
    assert b"transfer-encoding" not in head.lower() and b"content-length" not in head.lower()


# --- the log ----------------------------------------------------------------------------------------------------------


def test_the_log_counts_what_was_streamed(begin):
    emulator, caller, runtime = begin()
    runtime.begin().piece(b"one").piece(b"four").end()
    Events(caller).to_the_end()
    runtime.assert_accepted()
    emulator.wait_for_stderr(rb"INVOKE RTDONE\(status: success, produced bytes: 7, ")
    emulator.wait_for_stdout(rb"END RequestId: " + runtime.id + rb"\nREPORT RequestId: " + runtime.id)
    assert emulator.stdout.count(b"START RequestId: " + runtime.id) == 1
    assert wait_until(lambda: emulator.stdout.count(b"REPORT") == 1, "one REPORT")


def test_a_shutdown_in_the_middle_ends_everything(begin):
    emulator, caller, runtime = begin()
    runtime.begin().piece(b"half")
    events = Events(caller)
    assert events.payload_piece() == b"half"
    emulator.stop()
    with pytest.raises(BadReply, match="closed after"):
        events.next()
