"""The Invoke API, as an HTTP client sees it when all goes well, and what it refuses."""

import base64
import re

import pytest

from support.emulator import INVOKE, UUID, do
from support.http1 import chunked, request

HEAD = b"POST /2015-03-31/functions/function/invocations HTTP/1.1\r\nHost: localhost\r\n"
LIMIT = 6_291_456


def seen_by_runtime(reply):
    """The headers of /next, by lower-case name, from a `report`."""
    return {name.lower(): value for name, value in reply.json()["headers"]}


@pytest.mark.kept
def test_the_caller_gets_what_the_runtime_answered(emulator):
    reply = emulator.invoke(b'{"a":1}')
    assert (reply.status, reply.reason, reply.minor) == (200, "OK", 1)
    assert reply.body == b'{"a":1}'
    assert reply.header("Date")


@pytest.mark.kept
@pytest.mark.parametrize("event", [b"", b"{oops", b"null", b"\x00\xff\xfe", b"  {}  ", "\u00e9\U0001f600".encode()])
def test_the_event_reaches_the_runtime_unchanged_and_unvalidated(emulator, event):
    reply = emulator.invoke(event)
    assert (reply.status, reply.body) == (200, event)


@pytest.mark.kept
@pytest.mark.parametrize("size", [1, 2049, 65_536, 1_000_000, LIMIT])
def test_an_event_of_any_size_up_to_the_limit_comes_back_whole(emulator, size):
    event = bytes(range(65, 91)) * (size // 26) + b"z" * (size % 26)
    reply = emulator.invoke(event)
    assert reply.status == 200
    assert reply.body == event


@pytest.mark.kept
def test_a_query_is_ignored(emulator):
    assert emulator.invoke(b"1", INVOKE + b"?a=b&c").body == b"1"


@pytest.mark.kept
def test_a_chunked_request_is_put_together(emulator):
    with emulator.connect() as connection:
        connection.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(b'{"a"', b":", b"1}"))
        assert connection.reply().body == b'{"a":1}'


@pytest.mark.kept
def test_chunk_extensions_and_trailers_are_read_over(emulator):
    with emulator.connect() as connection:
        connection.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n3;name=value\r\n[1]\r\n0\r\nX-Trailer: a\r\n\r\n")
        assert connection.reply().body == b"[1]"
        connection.send(HEAD + b"Content-Length: 1\r\n\r\n2")
        assert connection.reply().body == b"2"


@pytest.mark.kept
def test_an_http_1_0_request_is_answered_and_its_connection_closed(emulator):
    with emulator.connect() as connection:
        connection.send(b"POST " + INVOKE + b" HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}")
        reply = connection.reply()
        assert (reply.status, reply.body) == (200, b"{}")
        connection.assert_closed()


@pytest.mark.kept
def test_expect_100_continue_is_answered_before_the_body_is_sent(emulator):
    with emulator.connect() as connection:
        connection.send(HEAD + b"Content-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        connection.interim(b"HTTP/1.1 100 Continue\r\n\r\n")
        connection.send(b"[7]")
        reply = connection.reply()
        assert (reply.status, reply.body) == (200, b"[7]")


@pytest.mark.kept
def test_a_connection_serves_many_invokes(emulator):
    with emulator.connect() as connection:
        for number in range(20):
            connection.send(HEAD + b"Content-Length: 2\r\n\r\n%02d" % number)
            assert connection.reply().body == b"%02d" % number


@pytest.mark.kept
def test_pipelined_invokes_are_answered_in_order(emulator):
    with emulator.connect() as connection:
        connection.send(b"".join(HEAD + b"Content-Length: 1\r\n\r\n%d" % number for number in range(5)))
        assert [connection.reply().body for _ in range(5)] == [b"0", b"1", b"2", b"3", b"4"]


@pytest.mark.kept
def test_connection_close_is_honoured(emulator):
    with emulator.connect() as connection:
        connection.send(HEAD + b"Connection: close\r\nContent-Length: 1\r\n\r\n5")
        reply = connection.reply()
        assert reply.body == b"5"
        assert reply.header("Connection") == "close"
        connection.assert_closed()


@pytest.mark.kept
def test_a_request_in_single_bytes_is_understood(emulator):
    with emulator.connect() as connection:
        for byte in HEAD + b"Content-Length: 3\r\n\r\n[8]":
            connection.send(bytes([byte]))
        assert connection.reply().body == b"[8]"


@pytest.mark.kept
def test_a_caller_that_has_closed_its_direction_is_still_answered_when_it_sent_everything(emulator):
    emulator.invoke()
    with emulator.connect() as connection:
        connection.send(HEAD + b"Connection: close\r\nContent-Length: 3\r\n\r\n[9]").end_of_requests()
        assert connection.reply().body == b"[9]"


@pytest.mark.kept
def test_the_runtime_is_started_by_the_first_invoke_only(emulator):
    with emulator.connect() as connection:
        connection.send(request(b"GET", b"/nowhere"))
        assert connection.reply(to=b"GET").status == 404
    assert emulator.starts() == []
    emulator.invoke()
    assert len(emulator.starts()) == 1


@pytest.mark.kept
def test_one_runtime_process_serves_one_invoke_after_another(emulator):
    processes = {emulator.invoke(do(["report"])).json()["pid"] for _ in range(5)}
    assert len(processes) == 1
    assert len(emulator.notes()) == len(set(emulator.notes())) == 5


@pytest.mark.kept
@pytest.mark.parametrize(
    "path",
    [
        b"/",
        b"/ping",
        b"/2015-03-31/functions/function/invocations/",
        b"/2015-03-31/functions/function",
        b"/2015-03-31/functions/function/invocation",
        b"/2018-06-01/runtime/invocation/next",
        b"/favicon.ico",
    ],
)
def test_other_paths_are_not_found(emulator, path):
    with emulator.connect() as connection:
        connection.send(request(b"POST", path, b"{}"))
        reply = connection.reply()
    assert reply.status == 404
    assert reply.body == b"404 page not found\n"
    assert reply.header("Content-Type") == "text/plain; charset=utf-8"
    assert reply.header("X-Content-Type-Options") == "nosniff"
    assert emulator.starts() == []


@pytest.mark.kept
@pytest.mark.parametrize(
    "path",
    [
        b"//2015-03-31/functions/function/invocations",
        b"/2015-03-31//functions/function/invocations",
        b"/2015-03-31/functions///function//invocations",
    ],
)
def test_double_slashes_are_redirected_to_the_clean_path(emulator, path):
    reply = emulator.invoke(b"{}", path)
    assert reply.status == 307
    assert reply.header("Location") == "/2015-03-31/functions/function/invocations"


@pytest.mark.fixed
@pytest.mark.parametrize("method", [b"GET", b"HEAD", b"PUT", b"DELETE", b"PATCH"])
def test_only_post_invokes(emulator, method):
    with emulator.connect() as connection:
        connection.send(request(method, INVOKE, None if method in (b"GET", b"HEAD") else b"{}"))
        reply = connection.reply(to=method)
    assert reply.status == 405
    assert reply.header("Allow") == "POST"
    assert emulator.starts() == []


@pytest.mark.fixed
@pytest.mark.parametrize(
    "name",
    [
        b"hello",
        b"my-function_2",
        b"hello:PROD",
        b"hello:$LATEST",
        b"function:1",
        b"arn:aws:lambda:eu-west-1:123456789012:function:hello",
        b"arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Ahello",
        b"arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Ahello%3APROD",
        b"123456789012:function:hello",
    ],
)
def test_any_function_name_invokes(emulator, name):
    reply = emulator.function(name, b'{"name":1}')
    assert (reply.status, reply.body) == (200, b'{"name":1}')


@pytest.mark.kept
@pytest.mark.parametrize(
    "name", [b"a%0d%0aInjected:%201", b"a%0aInjected:%201", b"a%00b", b"%1b[31m", b"..%2f..", b"%zz"]
)
def test_a_function_name_cannot_put_anything_into_headers_or_log(emulator, name):
    reply = emulator.function(name, do(["report"]))
    assert reply.status in (200, 400, 404)
    assert reply.header("Injected") is None
    if reply.status == 200:
        assert "injected" not in seen_by_runtime(reply)
    assert b"\x1b" not in emulator.stdout + emulator.stderr
    assert b"Injected: 1" not in emulator.stdout + emulator.stderr
    assert emulator.invoke(b"1").body == b"1"


@pytest.mark.fixed
def test_the_request_id_is_one_and_the_same_everywhere(emulator):
    ids = []
    for _ in range(3):
        reply = emulator.invoke(do(["report"]))
        request_id = reply.header("X-Amzn-RequestId")
        assert request_id and re.fullmatch(UUID, request_id)
        assert seen_by_runtime(reply)["lambda-runtime-aws-request-id"] == request_id
        emulator.wait_for_stdout(rb"REPORT RequestId: " + request_id.encode())
        assert re.search(rb"START RequestId: " + request_id.encode(), emulator.stdout)
        assert re.search(rb"END RequestId: " + request_id.encode(), emulator.stdout)
        ids.append(request_id)
    assert len(set(ids)) == 3


@pytest.mark.fixed
def test_the_executed_version_is_latest_by_default(emulator):
    assert emulator.invoke().header("X-Amz-Executed-Version") == "$LATEST"


@pytest.mark.fixed
def test_the_executed_version_is_the_one_of_the_environment(start):
    reply = start(environment={"AWS_LAMBDA_FUNCTION_VERSION": "42"}).invoke()
    assert reply.header("X-Amz-Executed-Version") == "42"


@pytest.mark.kept
def test_a_success_has_no_function_error(emulator):
    assert emulator.invoke().header("X-Amz-Function-Error") is None


@pytest.mark.fixed
@pytest.mark.parametrize("content_type", ["application/json", "image/png", "text/html; charset=iso-8859-1"])
def test_the_content_type_is_the_runtime_s_own(emulator, content_type):
    reply = emulator.invoke(do(["respond", "{}", {"Content-Type": content_type}]))
    assert reply.header("Content-Type") == content_type


@pytest.mark.kept
def test_a_chunked_response_of_the_runtime_is_put_together(emulator):
    assert emulator.invoke(do(["respond-chunked", '{"a"', ":", "1}"])).body == b'{"a":1}'


@pytest.mark.kept
@pytest.mark.parametrize("size", [0, 1, 2048, 2049, 600_000, 6_291_556])
def test_a_response_of_any_size_up_to_the_limit_comes_whole(emulator, size):
    reply = emulator.invoke(do(["respond-size", size]))
    assert reply.status == 200
    assert reply.body == b"x" * size


@pytest.mark.fixed
def test_a_request_one_byte_over_the_limit_is_refused_and_the_runtime_never_sees_it(emulator):
    reply = emulator.invoke(b"x" * (LIMIT + 1))
    assert reply.status == 413
    assert emulator.invoke(b"[1]").body == b"[1]"
    assert len(emulator.notes()) == 1


@pytest.mark.fixed
def test_a_request_of_a_hundred_megabytes_is_refused_without_reading_it_all(emulator):
    with emulator.connect() as connection:
        connection.send(HEAD + b"Content-Length: 100000000\r\n\r\n" + b"x" * 1000)
        assert connection.reply().status == 413
    assert emulator.invoke(b"[1]").body == b"[1]"
    assert len(emulator.notes()) == 1


@pytest.mark.fixed
def test_a_chunked_request_over_the_limit_is_refused_and_the_runtime_never_sees_it(emulator):
    with emulator.connect() as connection:
        chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        connection.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 97 + b"0\r\n\r\n")
        assert connection.reply().status == 413
    assert emulator.invoke(b"[1]").body == b"[1]"
    assert len(emulator.notes()) == 1


@pytest.mark.fixed
def test_the_cloud_s_refusal_of_a_large_request_names_its_error_type(emulator):
    reply = emulator.function(b"hello", b"x" * (LIMIT + 1))
    assert reply.status == 413
    assert reply.header("x-amzn-ErrorType") == "RequestTooLargeException"
    assert reply.header("Content-Type") == "application/json"
    reply.json()


@pytest.mark.fixed
def test_the_request_limit_can_be_set(start):
    emulator = start(environment={"THIMBLE_MAX_REQUEST_BYTES": "1000"})
    assert emulator.invoke(b"x" * 1000).status == 200
    assert emulator.invoke(b"x" * 1001).status == 413


@pytest.mark.kept
def test_the_client_context_is_decoded_for_the_runtime(emulator):
    context = b'{"client":{"app_title":"t"},"custom":{}}'
    reply = emulator.invoke(do(["report"]), headers=[(b"X-Amz-Client-Context", base64.b64encode(context))])
    assert seen_by_runtime(reply)["lambda-runtime-client-context"] == context.decode()


@pytest.mark.kept
def test_without_a_client_context_the_runtime_gets_none(emulator):
    assert "lambda-runtime-client-context" not in seen_by_runtime(emulator.invoke(do(["report"])))


@pytest.mark.kept
def test_a_client_context_that_is_not_base64_is_an_empty_500(emulator):
    reply = emulator.invoke(headers=[(b"X-Amz-Client-Context", b"%%%")])
    assert (reply.status, reply.body) == (500, b"")
    assert emulator.notes() == []


@pytest.mark.fixed
def test_a_client_context_that_is_not_base64_is_the_caller_s_mistake_in_the_cloud(emulator):
    reply = emulator.function(b"hello", headers=[(b"X-Amz-Client-Context", b"%%%")])
    assert reply.status == 400
    assert reply.header("x-amzn-ErrorType") == "InvalidRequestContentException"
    reply.json()
    assert emulator.notes() == []


@pytest.mark.kept
def test_a_client_context_cannot_add_headers_to_what_the_runtime_reads(emulator):
    context = base64.b64encode(b'{"a":1}\r\nLambda-Runtime-Injected: yes')
    reply = emulator.invoke(do(["report"]), headers=[(b"X-Amz-Client-Context", context)])
    if reply.status == 200:
        headers = seen_by_runtime(reply)
        assert "lambda-runtime-injected" not in headers
        assert "\n" not in headers.get("lambda-runtime-client-context", "")
        assert "\r" not in headers.get("lambda-runtime-client-context", "")
    else:
        assert reply.status in (400, 500)
        assert emulator.notes() == []


@pytest.mark.kept
def test_the_tenant_id_is_passed_on(emulator):
    reply = emulator.invoke(do(["report"]), headers=[(b"X-Amz-Tenant-Id", b"tenant-7")])
    assert seen_by_runtime(reply)["lambda-runtime-aws-tenant-id"] == "tenant-7"


@pytest.mark.kept
def test_without_a_tenant_id_the_runtime_gets_none(emulator):
    assert "lambda-runtime-aws-tenant-id" not in seen_by_runtime(emulator.invoke(do(["report"])))


@pytest.mark.fixed
def test_the_trace_id_is_passed_on_and_answered(emulator):
    trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
    reply = emulator.invoke(do(["report"]), headers=[(b"X-Amzn-Trace-Id", trace.encode())])
    assert seen_by_runtime(reply).get("lambda-runtime-trace-id") == trace
    assert "Root=1-5759e988-bd862e3fe1be46a994272793" in (reply.header("X-Amzn-Trace-Id") or "")


@pytest.mark.fixed
def test_a_trace_id_is_made_when_the_caller_has_none(emulator):
    pattern = r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0"
    traces = set()
    for _ in range(2):
        reply = emulator.invoke(do(["report"]))
        trace = seen_by_runtime(reply).get("lambda-runtime-trace-id", "")
        assert re.fullmatch(pattern, trace), trace
        root = re.match(r"Root=[^;]*", trace)[0]
        assert root in (reply.header("X-Amzn-Trace-Id") or "")
        traces.add(trace)
    assert len(traces) == 2


@pytest.mark.kept
def test_the_function_arn_names_the_default_function(emulator):
    headers = seen_by_runtime(emulator.invoke(do(["report"])))
    assert headers["lambda-runtime-invoked-function-arn"] == (
        "arn:aws:lambda:us-east-1:012345678912:function:test_function"
    )


@pytest.mark.kept
def test_the_function_arn_names_the_function_of_the_environment(start):
    emulator = start(environment={"AWS_LAMBDA_FUNCTION_NAME": "other"})
    headers = seen_by_runtime(emulator.invoke(do(["report"])))
    assert headers["lambda-runtime-invoked-function-arn"] == "arn:aws:lambda:us-east-1:012345678912:function:other"


@pytest.mark.kept
def test_the_runtime_sees_the_event_as_json_whatever_the_caller_called_it(emulator):
    reply = emulator.invoke(do(["report"]), headers=[(b"Content-Type", b"text/csv")])
    assert seen_by_runtime(reply)["content-type"] == "application/json"


@pytest.mark.kept
def test_two_functions_of_two_emulators_do_not_meet(start):
    first, second = start(), start()
    assert first.invoke(do(["respond", "first"])).body == b"first"
    assert second.invoke(do(["respond", "second"])).body == b"second"
    assert len(first.notes()) == len(second.notes()) == 1
