"""What Lambda refuses before it runs anything, in its words; on the public emulator's own path it is run as ever."""

import pytest

from support.emulator import INVOKE, do
from support.http1 import chunked

EVENT = [(b"X-Amz-Invocation-Type", b"Event")]
CLOUD = {"THIMBLE_FIDELITY": "cloud"}
RIE = {"THIMBLE_FIDELITY": "rie"}


def content_type(value):
    return [(b"Content-Type", value)]


def assert_refused(reply, status, error_type):
    assert reply.status == status, reply
    assert reply.header("x-amzn-ErrorType") == error_type
    assert reply.header("Content-Type") == "application/json"
    assert reply.header("X-Amzn-RequestId")
    assert reply.header("X-Amz-Function-Error") is None
    assert reply.json()["Type"] == "User"
    return reply.json()["message"]


@pytest.mark.fixed
@pytest.mark.parametrize(
    "event, where",
    [
        (b"{oops", "1"),
        (b"hello", "0"),
        (b'{"a":1,}', "6"),
        (b"{} {}", "3"),
        (b'"\xff"', "1"),
        (b"[" * 2000 + b"]" * 2000, "1024"),
    ],
)
def test_a_payload_that_is_not_json_is_the_caller_s_mistake(emulator, event, where):
    for headers in ((), EVENT, [(b"X-Amz-Invocation-Type", b"DryRun")]):
        message = assert_refused(emulator.function(b"hello", event, headers), 400, "InvalidRequestContentException")
        assert message.startswith("Could not parse request body into json: Could not parse payload into json: ")
        assert message.endswith(f" at byte {where}")
    assert emulator.starts() == []


@pytest.mark.kept
@pytest.mark.parametrize("event", [b"{oops", b"hello", b"\xff"])
def test_the_public_emulator_s_path_does_not_look_at_payloads(emulator, event):
    assert emulator.invoke(event).body == event


@pytest.mark.fixed
def test_the_fidelity_decides_for_every_name(start):
    cloud = start(environment=CLOUD)
    assert_refused(cloud.invoke(b"{oops"), 400, "InvalidRequestContentException")
    rie = start(environment=RIE)
    assert rie.function(b"hello", b"{oops").body == b"{oops"
    assert rie.function(b"hello", b"", content_type(b"image/png")).body == b""


@pytest.mark.fixed
@pytest.mark.parametrize("event", [b"{}", b"null", b" [1]\n", b'"\\ud800"', b"1e999", '"\u00e4\U0001f600"'.encode()])
def test_any_json_reaches_the_runtime_unchanged(emulator, event):
    assert emulator.function(b"hello", event).body == event


@pytest.mark.fixed
def test_no_payload_at_all_is_an_empty_object(emulator):
    assert emulator.function(b"hello", b"").body == b"{}"
    with emulator.connect() as connection:
        connection.send(b"POST /2015-03-31/functions/hello/invocations HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.reply().body == b"{}"
        head = b"POST /2015-03-31/functions/hello/invocations HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked"
        connection.send(head + b"\r\n\r\n" + chunked())
        assert connection.reply().body == b"{}"


@pytest.mark.fixed
@pytest.mark.parametrize(
    "value", [b"text/html", b"multipart/form-data; boundary=x", b"application/xml", b"image/png", b"application/jsonp"]
)
def test_what_says_that_it_is_not_json_is_not_looked_at(emulator, value):
    message = assert_refused(emulator.function(b"hello", b"{}", content_type(value)), 415, "UnsupportedMediaTypeException")
    assert value.decode() in message
    assert emulator.starts() == []


@pytest.mark.fixed
@pytest.mark.parametrize(
    "value",
    [
        b"application/json",
        b"Application/JSON; charset=utf-8",
        b"application/cloudevents+json",
        b"application/x-amz-json-1.1",
        b"application/octet-stream",
        b"binary/octet-stream",
        b"application/x-www-form-urlencoded",
        b"text/plain;charset=UTF-8",
        b"",
    ],
)
def test_what_clients_say_of_json_is_taken(emulator, value):
    assert emulator.function(b"hello", b"[1]", content_type(value)).body == b"[1]"


@pytest.mark.kept
def test_the_public_emulator_s_path_does_not_look_at_content_types(emulator):
    assert emulator.invoke(b"x", headers=content_type(b"image/png")).body == b"x"


@pytest.mark.fixed
def test_too_large_a_payload_is_refused_before_anybody_parses_it(emulator):
    reply = emulator.function(b"hello", b"{" * 6_291_457, content_type(b"image/png"))
    message = assert_refused(reply, 413, "RequestTooLargeException")
    assert message == "Request must be smaller than 6291456 bytes for the InvokeFunction operation"


@pytest.mark.fixed
def test_what_is_refused_leaves_the_connection_open(emulator):
    head = b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s"
    cloud = b"/2015-03-31/functions/hello/invocations"
    with emulator.connect() as connection:
        connection.send(head % (cloud, 5, b"{oops") + head % (cloud, 2, b"{}") + head % (INVOKE, 5, b"{oops"))
        assert [connection.reply().status for _ in range(3)] == [400, 200, 200]


@pytest.mark.fixed
def test_a_full_queue_is_named_as_lambda_names_it(start, tmp_path):
    emulator = start(environment={"THIMBLE_QUEUE_DEPTH": "1"})
    gate = tmp_path / "gate"
    first = emulator.begin(do(["await", str(gate)], ["respond", "1"]))
    emulator.wait_for_note()
    second = emulator.begin(b"2")
    third = emulator.function(b"hello", b"3")
    assert_refused(third, 429, "TooManyRequestsException")
    assert third.header("Retry-After") == "1"
    gate.touch()
    assert (first.reply().body, second.reply().body) == (b"1", b"2")
