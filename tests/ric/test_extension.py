"""The client of the Extensions API, for extensions in C++."""

import json

import pytest

from runtime_api import answer

REGISTERED = answer(
    200,
    b'{"functionName":"hello","functionVersion":"$LATEST","handler":"h","accountId":"1"}',
    "Lambda-Extension-Identifier: 7b3a",
)
NEXT = "GET /2020-01-01/extension/event/next HTTP/1.1"


@pytest.fixture
def register(start, api):
    """register(NAME=value...) starts the extension, and returns it with its connection when it has registered."""

    def register(**environment):
        program = start(HANDLER="extension", **environment)
        peer = api.accept()
        peer.expect("POST /2020-01-01/extension/register HTTP/1.1")
        peer.send(REGISTERED)
        return program, peer

    return register


def test_it_registers_under_its_name_for_both_events(start, api):
    start(HANDLER="extension")
    post = api.accept().expect("POST /2020-01-01/extension/register HTTP/1.1")
    assert post.headers["Lambda-Extension-Name"] == "an-extension"
    assert json.loads(post.body) == {"events": ["INVOKE", "SHUTDOWN"]}


def test_it_tells_what_the_registration_told(register):
    program, peer = register()
    assert peer.expect(NEXT).headers["Lambda-Extension-Identifier"] == "7b3a"
    peer.send(answer(200, b'{"eventType":"SHUTDOWN","shutdownReason":"spindown","deadlineMs":676051}'))
    assert program.code() == 0
    assert program.stdout == b"7b3a hello $LATEST\nshutdown [] [] [] [spindown] 676051\n"


def test_an_invocation_with_all_its_members(register):
    program, peer = register()
    peer.expect(NEXT)
    event = {
        "eventType": "INVOKE",
        "deadlineMs": 676051,
        "requestId": "3da1f2dc",
        "invokedFunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:hello",
        "tracing": {"type": "X-Amzn-Trace-Id", "value": "Root=1-5f35ae12"},
        "something": {"new": [1, None]},
    }
    peer.send(answer(200, json.dumps(event).encode()))
    peer.expect(NEXT)
    program.wait_for_stdout(
        rb"invoke \[3da1f2dc\] \[arn:aws:lambda:eu-west-1:123456789012:function:hello\] \[Root=1-5f35ae12\] \[\] 676051\n"
    )


def test_members_that_are_missing_or_null_are_empty(register):
    program, peer = register()
    peer.expect(NEXT)
    peer.send(answer(200, b'{"eventType":"INVOKE","requestId":null,"tracing":null}'))
    peer.expect(NEXT)
    program.wait_for_stdout(rb"invoke \[\] \[\] \[\] \[\] 0\n")


@pytest.mark.parametrize(
    "reply",
    [
        answer(403, b'{"errorType":"Extension.UnknownExtensionIdentifier"}'),
        answer(200, b"not JSON"),
        answer(200, b'{"eventType":"DANCE"}'),
        answer(200, b'{"eventType":7}'),
        answer(200, b"{}"),
    ],
)
def test_an_event_that_is_none_is_an_error(register, reply):
    program, peer = register()
    peer.expect(NEXT)
    peer.send(reply)
    assert program.code() == 1
    assert b"event" in program.stderr


@pytest.mark.parametrize(
    "reply, told",
    [
        (answer(400, b'{"errorType":"Extension.InvalidExtensionName"}'), b"Extension.InvalidExtensionName"),
        (answer(200, b"{}"), b"no identifier"),
        (answer(200, b"{", "Lambda-Extension-Identifier: 7b3a"), b"byte 1"),
    ],
)
def test_a_registration_that_is_refused_is_an_error(start, api, reply, told):
    program = start(HANDLER="extension")
    peer = api.accept()
    peer.read()
    peer.send(reply)
    assert program.code() == 1
    assert told in program.stderr


@pytest.mark.parametrize(
    "destination, expected",
    [
        ("http://sandbox.localdomain:8080/t", {"protocol": "HTTP", "URI": "http://sandbox.localdomain:8080/t"}),
        ("tcp://sandbox.localdomain:8080", {"protocol": "TCP", "port": 8080}),
    ],
)
def test_it_subscribes_to_telemetry(register, destination, expected):
    _, peer = register(SUBSCRIBE=destination)
    put = peer.expect("PUT /2022-07-01/telemetry HTTP/1.1")
    assert put.headers["Lambda-Extension-Identifier"] == "7b3a"
    assert json.loads(put.body) == {
        "schemaVersion": "2022-12-13",
        "types": ["platform", "function", "extension"],
        "buffering": {"maxItems": 1000, "maxBytes": 262144, "timeoutMs": 100},
        "destination": expected,
    }
    peer.send(answer(200, b"OK"))
    peer.expect(NEXT)


@pytest.mark.parametrize("destination", ["tcp://sandbox.localdomain", "tcp://sandbox.localdomain:", "tcp://h:8x"])
def test_a_destination_without_a_port_is_not_asked_for(register, destination):
    program, _ = register(SUBSCRIBE=destination)
    assert program.code() == 1
    assert b"has no port" in program.stderr


def test_a_subscription_that_is_refused_is_an_error(register):
    program, peer = register(SUBSCRIBE="tcp://sandbox.localdomain:8080")
    peer.read()
    peer.send(answer(400, b'{"errorType":"ValidationError"}'))
    assert program.code() == 1
    assert b"ValidationError" in program.stderr


@pytest.mark.parametrize("when", ["init", "exit"])
def test_it_reports_why_it_ends(register, when):
    program, peer = register(REPORT=when)
    post = peer.expect(f"POST /2020-01-01/extension/{when}/error HTTP/1.1")
    assert post.headers["Lambda-Extension-Identifier"] == "7b3a"
    assert post.headers["Lambda-Extension-Function-Error-Type"] == "My.Error"
    assert json.loads(post.body) == {"errorMessage": "\u00e9\n", "errorType": "My.Error", "stackTrace": []}
    peer.send(answer(202, b"{}"))
    assert program.code() == 3


def test_without_a_runtime_api_there_is_nothing_to_register_with(run):
    program = run(HANDLER="extension")
    assert program.code() == 1
    assert b"AWS_LAMBDA_RUNTIME_API is not set" in program.stderr
