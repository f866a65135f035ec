"""What a web page of somebody else may do: nothing."""

import pytest

from support.emulator import INVOKE, do
from support.http1 import Connection, request

PORTS = pytest.mark.parametrize("port", ["invoke", "runtime"])
PATH = {"invoke": INVOKE, "runtime": b"/2018-06-01/ping"}
METHOD = {"invoke": b"POST", "runtime": b"GET"}


def ask(emulator, port, headers, method=None, host=b"localhost", path=None):
    method = method or METHOD[port]
    body = b"[1]" if method == b"POST" else None
    with Connection(getattr(emulator, port + "_port")) as connection:
        connection.send(request(method, path or PATH[port], body, headers, host=host))
        return connection.reply(to=method)


FOREIGN = [
    b"http://evil.example",
    b"https://evil.example:8080",
    b"http://localhost.evil.example",
    b"http://127.0.0.1.evil.example",
    b"http://evil.example#localhost",
    b"http://localhost@evil.example",
    b"http://192.0.2.7",
    b"http://128.0.0.1",
    b"null",
    b"file://",
    b"localhost",
    b"",
]

LOCAL = [
    b"http://localhost",
    b"http://localhost:3000",
    b"https://localhost:3000",
    b"http://127.0.0.1:8080",
    b"http://127.9.8.7",
    b"http://[::1]:3000",
    b"http://LOCALHOST:3000",
]


@pytest.mark.fixed
@PORTS
@pytest.mark.parametrize("origin", FOREIGN)
def test_a_foreign_origin_is_forbidden_and_nothing_runs(emulator, port, origin):
    reply = ask(emulator, port, [(b"Origin", origin)])
    assert reply.status == 403
    assert reply.header("Access-Control-Allow-Origin") is None
    assert emulator.starts() == []


@pytest.mark.fixed
@PORTS
def test_a_host_that_agrees_with_a_foreign_origin_does_not_help(emulator, port):
    reply = ask(emulator, port, [(b"Origin", b"http://evil.example")], host=b"evil.example")
    assert reply.status == 403
    assert emulator.starts() == []


@pytest.mark.fixed
@PORTS
def test_a_cross_site_request_is_forbidden_even_without_an_origin(emulator, port):
    reply = ask(emulator, port, [(b"Sec-Fetch-Site", b"cross-site")])
    assert reply.status == 403
    assert emulator.starts() == []


@pytest.mark.fixed
@pytest.mark.parametrize("name", [b"hello", b"function"])
def test_a_foreign_origin_is_forbidden_for_every_function_name(emulator, name):
    path = b"/2015-03-31/functions/" + name + b"/invocations"
    assert ask(emulator, "invoke", [(b"Origin", b"http://evil.example")], path=path).status == 403
    assert emulator.starts() == []


@pytest.mark.fixed
def test_one_good_and_one_foreign_origin_are_forbidden(emulator):
    headers = [(b"Origin", b"http://localhost:3000"), (b"Origin", b"http://evil.example")]
    assert ask(emulator, "invoke", headers).status in (400, 403)
    assert emulator.starts() == []


@pytest.mark.kept
@PORTS
@pytest.mark.parametrize("origin", LOCAL)
def test_an_origin_on_loopback_is_allowed(emulator, port, origin):
    assert ask(emulator, port, [(b"Origin", origin)]).status == 200


@pytest.mark.kept
@PORTS
@pytest.mark.parametrize("site", [b"same-origin", b"none", b"same-site"])
def test_other_fetch_sites_are_allowed(emulator, port, site):
    assert ask(emulator, port, [(b"Sec-Fetch-Site", site)]).status == 200


@pytest.mark.kept
@pytest.mark.parametrize("host", [b"emulator:8080", b"my-service.local", b"192.0.2.1:8080"])
def test_any_host_is_accepted_without_an_origin(emulator, host):
    assert ask(emulator, "invoke", [], host=host).status == 200


@pytest.mark.kept
def test_without_an_origin_no_cors_header_is_sent(emulator):
    reply = ask(emulator, "invoke", [])
    assert reply.header("Access-Control-Allow-Origin") is None


@pytest.mark.fixed
@pytest.mark.parametrize("way", [["--cors", "https://app.example"], []], ids=["flag", "variable"])
def test_an_origin_given_by_cors_is_allowed_and_told_so(start, way):
    emulator = start(*way, environment={} if way else {"THIMBLE_CORS": "https://app.example"})
    reply = ask(emulator, "invoke", [(b"Origin", b"https://app.example")])
    assert (reply.status, reply.body) == (200, b"[1]")
    assert reply.header("Access-Control-Allow-Origin") == "https://app.example"


@pytest.mark.fixed
def test_several_origins_may_be_given(start):
    emulator = start(environment={"THIMBLE_CORS": "https://one.example,https://two.example:8443"})
    for origin in (b"https://one.example", b"https://two.example:8443"):
        reply = ask(emulator, "invoke", [(b"Origin", origin)])
        assert reply.status == 200
        assert reply.header("Access-Control-Allow-Origin") == origin.decode()
    assert ask(emulator, "invoke", [(b"Origin", b"https://three.example")]).status == 403


@pytest.mark.fixed
def test_an_origin_that_only_begins_like_an_allowed_one_is_forbidden(start):
    emulator = start(environment={"THIMBLE_CORS": "https://app.example"})
    for origin in (b"https://app.example.evil.example", b"https://xapp.example", b"https://evil.example/app.example"):
        assert ask(emulator, "invoke", [(b"Origin", origin)]).status == 403
    assert emulator.starts() == []


@pytest.mark.fixed
def test_errors_too_are_readable_by_an_allowed_origin(start):
    emulator = start(environment={"THIMBLE_CORS": "https://app.example"})
    headers = [(b"Origin", b"https://app.example")]
    reply = emulator.function(b"hello", do(["exit", 1]), headers)
    assert reply.header("X-Amz-Function-Error") == "Unhandled"
    assert reply.header("Access-Control-Allow-Origin") == "https://app.example"


@pytest.mark.fixed
@pytest.mark.parametrize("origin", [b"https://app.example", b"http://localhost:3000"])
def test_a_preflight_of_an_allowed_origin_is_answered_204(start, origin):
    emulator = start(environment={"THIMBLE_CORS": "https://app.example"})
    headers = [
        (b"Origin", origin),
        (b"Access-Control-Request-Method", b"POST"),
        (b"Access-Control-Request-Headers", b"content-type,x-amz-client-context"),
    ]
    reply = ask(emulator, "invoke", headers, method=b"OPTIONS")
    assert reply.status == 204
    assert reply.header("Access-Control-Allow-Origin") == origin.decode()
    assert "POST" in reply.header("Access-Control-Allow-Methods")
    allowed = reply.header("Access-Control-Allow-Headers").lower()
    assert allowed == "*" or {"content-type", "x-amz-client-context"} <= {word.strip() for word in allowed.split(",")}
    assert emulator.starts() == []


@pytest.mark.fixed
def test_a_preflight_of_a_foreign_origin_is_forbidden(emulator):
    headers = [(b"Origin", b"http://evil.example"), (b"Access-Control-Request-Method", b"POST")]
    reply = ask(emulator, "invoke", headers, method=b"OPTIONS")
    assert reply.status == 403
    assert reply.header("Access-Control-Allow-Origin") is None
    assert emulator.starts() == []
