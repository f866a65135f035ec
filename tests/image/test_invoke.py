"""`thimble invoke`: the event that a request becomes, as API Gateway's HTTP APIs make it (payload format 2.0)."""

import http.server
import json
import threading

import pytest

from build_support import attempt, environment


@pytest.fixture
def event(tmp_path):
    """event(*arguments): what a function gets."""
    received = []

    class Function(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            received.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Function)
    threading.Thread(target=server.serve_forever).start()

    def event(*arguments, data=None):
        words = list(arguments)
        if data is not None:
            (tmp_path / "data").write_bytes(data)
            words += ["-d", f"@{tmp_path / 'data'}"]
        done = attempt("invoke", "--port", server.server_port, *words, env=environment(tmp_path))
        assert done.returncode == 0, done.stderr
        return json.loads(received[-1])

    yield event
    server.shutdown()
    server.server_close()


def test_headers_that_are_given_take_the_place_of_the_usual_ones(event):
    usual = event("GET /x")
    assert usual["headers"] == {"accept": "*/*", "host": "localhost", "user-agent": "thimble"}
    given = event("GET /x", "-H", "User-Agent: probe/1", "-H", "Host: a.example", "-H", "accept: text/html")
    assert given["headers"] == {"accept": "text/html", "host": "a.example", "user-agent": "probe/1"}
    assert given["requestContext"]["http"]["userAgent"] == "probe/1"


def test_a_header_takes_one_word_and_values_of_one_name_are_joined(event):
    headers = event("-H", "X-A: 1", "-H", "x-a: 2", "GET /x")["headers"]
    assert headers["x-a"] == "1,2"


def test_values_of_one_parameter_are_joined_the_empty_ones_too(event):
    said = event("GET /x?e=&e=2&plus=a+b&percent=%C3%BC%2C&flag&=v")
    assert said["rawQueryString"] == "e=&e=2&plus=a+b&percent=%C3%BC%2C&flag&=v"
    assert said["queryStringParameters"] == {"e": ",2", "plus": "a b", "percent": "ü,", "flag": "", "": "v"}


@pytest.mark.parametrize("header", ["a=1; b=2;c=3", "a=1;b=2; ; c=3;", "a=1 ; b=2;c=3"])
def test_cookies_are_a_list(event, header):
    said = event("GET /x", "-H", f"Cookie: {header}")
    assert [cookie.strip() for cookie in said["cookies"]] == ["a=1", "b=2", "c=3"]
    assert "cookie" not in said["headers"]


@pytest.mark.parametrize(
    "data, is_text",
    [
        (b"plain", True),
        ("ü€𝄞\U0010ffff".encode(), True),
        (b"\xed\xa0\x80", False),
        (b"\xe0\x80\x80", False),
        (b"\xf0\x80\x80\x80", False),
        (b"\xf4\x90\x80\x80", False),
        (b"\xc3", False),
        (b"a\xff", False),
    ],
    ids=["ascii", "all lengths", "surrogate", "three too many", "four too many", "too large", "cut", "no lead"],
)
def test_a_body_that_is_no_text_is_base64(event, data, is_text):
    said = event("POST /x", data=data)
    assert said["isBase64Encoded"] is not is_text
    if is_text:
        assert said["body"] == data.decode()
