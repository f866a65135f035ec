"""What a handler throws or returns as an error, and what becomes of it."""

import base64
import json

import pytest


def failed(peer, event, *headers):
    """(errorType, errorMessage, the post) of an invocation that fails."""
    post = peer.invoke(event, *headers)
    assert post.line == "POST /2018-06-01/runtime/invocation/8476a536-e9f4-11e8-9739-2dfe598c3fcd/error HTTP/1.1"
    assert post.headers["Content-Type"] == "application/json"
    told = json.loads(post.body)
    assert list(told) == ["errorMessage", "errorType", "stackTrace"]
    assert post.headers["Lambda-Runtime-Function-Error-Type"].isascii()
    return told["errorType"], told["errorMessage"], post


@pytest.mark.parametrize(
    "kind, type_, message",
    [
        ("runtime_error", "std::runtime_error", "boom"),
        ("own", "app::Trouble", "boom"),
        ("opaque", "app::Opaque", "an exception that is no std::exception"),
        ("int", "int", "an exception that is no std::exception"),
        ("string", "Error", "boom"),
        ("literal", "Error", "a literal"),
        ("bad_alloc", "std::bad_alloc", "std::bad_alloc"),
        ("handler_error", "App.Error", "boom"),
    ],
)
def test_what_is_thrown(connect, kind, type_, message):
    _, peer = connect()
    for _ in range(2):
        assert failed(peer, b"throw %s boom" % kind.encode())[:2] == (type_, message)
    assert peer.invoke(b"then").body == b"then"


def test_the_same_object_thrown_twice(connect):
    _, peer = connect()
    for _ in range(3):
        assert failed(peer, b"throw saved")[:2] == ("Saved", "once and for all")


@pytest.mark.parametrize("text", ["é", "日本語", "\U0001f600", '"\\\b\t', "a\nb\rc", "", "\x7f\x00"])
def test_a_message_is_kept(connect, text):
    _, peer = connect()
    _, message, post = failed(peer, b"fail App.Error " + text.encode())
    assert message == text
    if text.isprintable() and '"' not in text:
        assert f'"errorMessage":"{text}"'.encode() in post.body  # as it is, not as \u00e9


def test_a_message_that_is_no_utf_8(connect):
    _, peer = connect()
    assert failed(peer, b"fail App.Error \xff\xc3x")[1] == "\ufffd\ufffdx"


@pytest.mark.parametrize(
    "type_, header",
    [
        ("App.Error", "App.Error"),
        ("Größe", "Gr????e"),
        ("a\r\nX:\ty", "a??X:?y"),
        ("t" * 5000, "t" * 1024),
    ],
)
def test_a_type_is_kept_in_the_body_and_made_safe_in_the_header(connect, type_, header):
    _, peer = connect()
    told, _, post = failed(peer, b"fail %s no" % type_.encode())
    assert told == type_
    assert post.headers["Lambda-Runtime-Function-Error-Type"] == header
    assert "X" not in post.headers


def test_an_error_without_a_type_is_an_error(connect):
    _, peer = connect()
    told, message, post = failed(peer, b"fail  no")
    assert (told, message) == ("Error", "no")
    assert post.headers["Lambda-Runtime-Function-Error-Type"] == "Error"


def test_where_an_error_was_made(connect):
    _, peer = connect()
    type_, message, post = failed(peer, b"fail_here no such order")
    assert (type_, message) == ("App.Here", "no such order")
    (frame,) = json.loads(post.body)["stackTrace"]
    assert frame["path"].endswith("ric_handler.cc") and frame["line"] > 100 and "handle" in frame["label"]


def test_the_cause_for_x_ray(connect):
    program, peer = connect()
    _, _, post = failed(peer, "fail_here größer".encode())
    cause = post.headers["Lambda-Runtime-Function-XRay-Error-Cause"]
    assert cause.isascii() and cause.isprintable()
    told = json.loads(cause)
    assert list(told) == ["working_directory", "exceptions", "paths"]
    assert told["working_directory"] == str(program.folder)
    (exception,) = told["exceptions"]
    assert (exception["message"], exception["type"]) == ("größer", "App.Here")
    assert exception["stack"][0]["path"].endswith("ric_handler.cc")


def test_an_error_that_is_large(connect):
    """The body has all of it; the header is one that servers take, which have 8 KiB at least for all headers."""
    _, peer = connect()
    _, message, post = failed(peer, b"fail_deep")
    assert message == "m" * 20000
    assert len(json.loads(post.body)["stackTrace"]) == 100
    json.loads(post.headers["Lambda-Runtime-Function-XRay-Error-Cause"])
    assert len(post.head) < 8 * 1024
    # Six bytes for one.
    _, message, post = failed(peer, b"fail App.Error " + b"\1" * 5000)
    assert message == "\1" * 5000
    json.loads(post.headers["Lambda-Runtime-Function-XRay-Error-Cause"])
    assert len(post.head) < 8 * 1024


def test_an_error_is_logged_with_its_request(connect):
    program, peer = connect()
    failed(peer, b"fail App.Error no")
    peer.expect_next()
    (line,) = program.stderr.splitlines()
    assert line.startswith(b"[ERROR]\t") and b"\t8476a536-e9f4-11e8-9739-2dfe598c3fcd\tApp.Error: no" in line


INIT_ERRORS = [
    ("init_throws", "app::Trouble", "no database"),
    ("init_fails", "App.InitError", "no täble"),
    ("fail_init", "App.ConfigError", "TABLE is not set"),
]


@pytest.mark.parametrize("handler, type_, message", INIT_ERRORS)
def test_an_init_error(connect, api, handler, type_, message):
    program, peer = connect(HANDLER=handler)
    post = peer.expect("POST /2018-06-01/runtime/init/error HTTP/1.1")
    assert post.headers["Lambda-Runtime-Function-Error-Type"] == type_
    assert post.headers["Content-Type"] == "application/json"
    told = json.loads(post.body)
    assert (told["errorType"], told["errorMessage"]) == (type_, message)
    assert program.is_running()
    peer.send(b'HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n')
    assert program.code() == 1
    peer.expect_end()
    assert api.no_connection()
    assert f"{type_}: {message}".encode() in program.stderr


@pytest.mark.parametrize("status", [400, 403, 500])
def test_an_init_error_that_is_refused(connect, status):
    program, peer = connect(HANDLER="init_throws")
    peer.read()
    peer.send(b"HTTP/1.1 %d No\r\nContent-Length: 2\r\n\r\nno" % status)
    assert program.code() == 1
    assert b"post the init error: %d no" % status in program.stderr


def test_an_init_error_that_nobody_hears(run, api):
    api.stop_listening()
    program = run(HANDLER="init_throws", AWS_LAMBDA_RUNTIME_API=api.address)
    assert program.code() == 1
    assert b"app::Trouble: no database" in program.stderr and b"connect to" in program.stderr


def test_an_init_function_runs_once_and_before_next(connect):
    program, peer = connect(HANDLER="init")
    peer.expect_next()
    assert program.stdout == b"init\n"
    peer.send(b"HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: 1\r\nContent-Length: 1\r\n\r\nx")
    assert peer.expect_response("1").body == b"x"
    assert program.stdout == b"init\n"


def test_a_stream_s_error_before_its_first_byte_is_an_error(connect):
    _, peer = connect(HANDLER="stream")
    assert failed(peer, b"fail App.Error no")[:2] == ("App.Error", "no")
    assert failed(peer, b"head;throw own no")[:2] == ("app::Trouble", "no")


def test_a_stream_s_error_after_it_is_in_the_trailers(connect):
    _, peer = connect(HANDLER="stream")
    for event, type_, text in (
        (b"w half;fail App.Error \xc3\xa9", "App.Error", "é"),
        (b"w half;throw own no", "app::Trouble", "no"),
    ):
        post = peer.invoke(event)
        assert post.chunks == [b"half"]
        told, body = post.trailers.decode().splitlines()
        assert told == f"Lambda-Runtime-Function-Error-Type: {type_}"
        name, value = body.split(": ")
        assert name == "Lambda-Runtime-Function-Error-Body"
        assert json.loads(base64.b64decode(value, validate=True)) == {
            "errorMessage": text,
            "errorType": type_,
            "stackTrace": [],
        }
