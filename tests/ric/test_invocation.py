"""One invocation after the other: what is asked, what the handler is told, what is posted."""

import time

import pytest

from program import SANITIZED
from runtime_api import ACCEPTED, ID, event

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:hello"


def test_the_bytes_of_the_requests(connect, api):
    _, peer = connect()
    version = peer.read_head()
    agent = version.split(b"User-Agent: ")[1].split(b"\r\n")[0]
    assert agent.startswith(b"thimble-ric-cpp/")
    common = b"Host: %s\r\nUser-Agent: %s\r\n" % (api.address.encode(), agent)
    assert version == b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n" + common + b"\r\n"

    peer.send(event(b'{"a": 1}'))
    post = peer.read()
    assert post.head == (
        b"POST /2018-06-01/runtime/invocation/8476a536-e9f4-11e8-9739-2dfe598c3fcd/response HTTP/1.1\r\n"
        + common
        + b"Content-Type: application/json\r\nContent-Length: 8\r\n\r\n"
    )
    assert post.body == b'{"a": 1}'
    peer.send(ACCEPTED)
    assert peer.read_head() == version

    peer.send(event(b"fail App.Error no", ID, "Lambda-Runtime-Invocation-Id: 42"))
    post = peer.read()
    cause = post.headers["Lambda-Runtime-Function-XRay-Error-Cause"]
    body = b'{"errorMessage":"no","errorType":"App.Error","stackTrace":[]}'
    assert post.head == (
        b"POST /2018-06-01/runtime/invocation/8476a536-e9f4-11e8-9739-2dfe598c3fcd/error HTTP/1.1\r\n"
        + common
        + b"Lambda-Runtime-Invocation-Id: 42\r\n"
        + b"Lambda-Runtime-Function-Error-Type: App.Error\r\n"
        + b"Lambda-Runtime-Function-XRay-Error-Cause: %s\r\n" % cause.encode()
        + b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    )
    assert post.body == body


def test_any_bytes_are_an_event(connect):
    _, peer = connect()
    for body in (b"", b"\0\r\n\r\n\xff", "grüße".encode(), b"x" * 100_000, bytes(range(256)) * 24_576):
        assert peer.invoke(body).body == body


@pytest.mark.parametrize("kind", ["", "echo"])
def test_many_invocations_on_one_connection(connect, api, kind):
    _, peer = connect(HANDLER=kind)
    for number in range(200):
        post = peer.invoke(b"%d" % number, request_id=f"id-{number}")
        assert post.line == f"POST /2018-06-01/runtime/invocation/id-{number}/response HTTP/1.1"
        assert post.body == b"%d" % number
    assert api.no_connection()


def described(peer, *headers):
    post = peer.invoke(b"context", *headers)
    assert post.headers["Content-Type"] == "text/plain"
    return dict(line.split("=", 1) for line in post.body.decode().splitlines())


def test_the_handler_is_told_what_the_headers_and_the_environment_say(connect):
    _, peer = connect(
        AWS_LAMBDA_FUNCTION_NAME="hello",
        AWS_LAMBDA_FUNCTION_VERSION="7",
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE="512",
        AWS_LAMBDA_LOG_GROUP_NAME="/aws/lambda/hello",
        AWS_LAMBDA_LOG_STREAM_NAME="2026/01/01/[7]abc",
    )
    deadline = int(time.time() * 1000) + 60_000
    told = described(
        peer,
        f"Lambda-Runtime-Deadline-Ms: {deadline}",
        f"lambda-runtime-invoked-function-arn: {ARN}",
        "LAMBDA-RUNTIME-TRACE-ID:Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1",
        'Lambda-Runtime-Client-Context: {"custom":{"a":"b"}}',
        'Lambda-Runtime-Cognito-Identity: {"cognitoIdentityId":"x"}',
        "Lambda-Runtime-Aws-Tenant-Id: blue",
        "Lambda-Runtime-Invocation-Id: one",
        "X-Amz-Durable-Execution-Name: order-1",
        "X-Amz-Durable-Execution-Arn: arn:durable",
        "Content-Type: application/json",
        "Lambda-Runtime-Unknown: x",
    )
    remaining = int(told.pop("remaining"))
    assert 30_000 < remaining <= 60_000
    assert told == {
        "request_id": ID,
        "deadline": str(deadline),
        "invoked_function_arn": ARN,
        "trace_id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1",
        "client_context": '{"custom":{"a":"b"}}',
        "cognito_identity": '{"cognitoIdentityId":"x"}',
        "tenant_id": "blue",
        "invocation_id": "one",
        "durable_execution_name": "order-1",
        "durable_execution_arn": "arn:durable",
        "function_name": "hello",
        "function_version": "7",
        "memory_limit_mb": "512",
        "log_group_name": "/aws/lambda/hello",
        "log_stream_name": "2026/01/01/[7]abc",
    }


def test_what_is_not_said_is_empty_and_not_the_last_invocation_s(connect):
    _, peer = connect()
    described(
        peer, "Lambda-Runtime-Aws-Tenant-Id: blue", "Lambda-Runtime-Trace-Id: Root=1", "X-Amz-Durable-Execution-Name: o"
    )
    told = described(peer)
    assert told.pop("request_id") == ID
    assert {name for name, value in told.items() if value not in ("", "0")} == set()


@pytest.mark.parametrize(
    "deadline", ["0", "-5", "x", "", "9223372036854775807", "-9223372036854775808", "99999999999999999999"]
)
def test_a_deadline_that_makes_no_sense_does_no_harm(connect, deadline):
    _, peer = connect()
    assert int(described(peer, f"Lambda-Runtime-Deadline-Ms: {deadline}")["remaining"]) >= 0


def test_a_header_of_64_kilobytes(connect):
    _, peer = connect()
    context = '{"custom":{"a":"%s"}}' % ("b" * 65_536)
    assert described(peer, f"Lambda-Runtime-Client-Context: {context}")["client_context"] == context


@pytest.mark.parametrize("event_", [b"{}", b"fail App.Error no"])
def test_the_delivery_is_named_in_the_answer(connect, event_):
    _, peer = connect()
    for name in ("first", "second"):
        post = peer.invoke(event_, f"Lambda-Runtime-Invocation-Id: {name}")
        assert post.headers["Lambda-Runtime-Invocation-Id"] == name
    assert "Lambda-Runtime-Invocation-Id" not in peer.invoke(event_).headers


def test_the_trace_is_in_the_environment_for_as_long_as_the_invocation(connect):
    _, peer = connect(_X_AMZN_TRACE_ID="from before")
    ask = b"variable _X_AMZN_TRACE_ID"
    assert peer.invoke(ask).body == b""
    for trace in ("Root=1-a;Sampled=1", "Root=1-b", "Root=1-ccccccccccccccccccccccccccccccccccccc;Parent=1"):
        assert peer.invoke(ask, f"Lambda-Runtime-Trace-Id: {trace}").body == trace.encode()
    assert peer.invoke(ask).body == b""
    assert peer.invoke(ask, "Lambda-Runtime-Trace-Id: Root=1-d").body == b"Root=1-d"


def test_a_handler_that_changes_the_trace_s_variable_changes_it_for_itself_only(connect):
    _, peer = connect()
    ask = b"variable _X_AMZN_TRACE_ID"
    assert peer.invoke(ask, "Lambda-Runtime-Trace-Id: Root=1-a").body == b"Root=1-a"
    peer.invoke(b"replace_variable", "Lambda-Runtime-Trace-Id: Root=1-b")
    assert peer.invoke(ask, "Lambda-Runtime-Trace-Id: Root=1-c").body == b"Root=1-c"
    assert peer.invoke(ask).body == b""


def test_a_trace_that_is_too_long_is_left_out(connect):
    _, peer = connect()
    ask = b"variable _X_AMZN_TRACE_ID"
    assert peer.invoke(ask, "Lambda-Runtime-Trace-Id: Root=1-a").body == b"Root=1-a"
    assert peer.invoke(ask, "Lambda-Runtime-Trace-Id: " + "x" * 5000).body == b""
    assert peer.invoke(ask, "Lambda-Runtime-Trace-Id: " + "x" * 2000).body == b"x" * 2000


def test_a_content_type_of_the_handler_s(connect):
    _, peer = connect()
    post = peer.invoke(b"type text/html; charset=utf-8")
    assert (post.headers["Content-Type"], post.body) == ("text/html; charset=utf-8", b"x")
    assert peer.invoke(b"{}").headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("type_", [b"text/plain\r\nX: y", b"text\0plain", b"a\nb"])
def test_a_content_type_with_a_line_end_is_an_error(connect, type_):
    _, peer = connect()
    post = peer.invoke(b"type " + type_)
    assert post.line.endswith("/error HTTP/1.1")
    assert post.headers["Lambda-Runtime-Function-Error-Type"] == "Runtime.InvalidContentType"
    assert "X" not in post.headers


def test_typed_events(connect):
    _, peer = connect(HANDLER="typed")
    assert peer.invoke(b'{"name":"Chris"}').body == b'{"hello":"Chris"}'
    post = peer.invoke(b"[]")
    assert post.line.endswith("/error HTTP/1.1")
    assert post.body == (
        b'{"errorMessage":"cannot read the event: no name in \'[]\'",'
        b'"errorType":"Runtime.UnmarshalError","stackTrace":[]}'
    )
    assert peer.invoke(b'{"name":"again"}').body == b'{"hello":"again"}'


def test_a_hundred_invocations_of_six_megabytes_leave_nothing_behind(connect, api):
    program, peer = connect(HANDLER="echo")
    body = b"x" * (6 * 1024 * 1024)
    for _ in range(3):
        assert peer.invoke(body).body == body
    descriptors, resident, faults = program.descriptors(), program.resident_bytes(), program.minor_faults()
    for number in range(100):
        assert len(peer.invoke(body).body) == len(body)
    peer.expect_next()
    assert program.descriptors() == descriptors
    assert api.no_connection()
    if not SANITIZED:
        assert program.resident_bytes() - resident < 512 * 1024
        # Six megabytes of fresh pages would be 1,536 faults each.
        assert program.minor_faults() - faults < 200
