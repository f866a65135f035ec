import json
import re
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from app import handler, respond

NOON = datetime(2026, 11, 23, 12, 0, 0, tzinfo=timezone.utc)
EVENTS = Path(__file__).parent / "events"


def request(line):
    """Makes of 'GET /path?query' the event API Gateway makes of it."""
    method, target = line.split(" ", 1)
    url = urlsplit(target)
    event = json.loads((EVENTS / "hello.json").read_text())
    event["rawPath"] = event["requestContext"]["http"]["path"] = url.path
    event["requestContext"]["http"]["method"] = method
    event["rawQueryString"] = url.query
    event.pop("queryStringParameters")
    if url.query:
        event["queryStringParameters"] = dict(parse_qsl(url.query, keep_blank_values=True))
    return event


@pytest.mark.parametrize(
    "line, status, message",
    [
        ("GET /hello?name=Chris", 200, "Hello, Chris!"),
        ("GET /goodbye?name=Chris", 200, "Goodbye, Chris!"),
        ("GET /hello", 200, "Hello, World!"),
        ("GET /goodbye", 200, "Goodbye, World!"),
        ("GET /hello?name=", 200, "Hello, World!"),
        ("GET /hello?other=x", 200, "Hello, World!"),
        ("GET /hello?name=J%C3%BCrgen%20%22J%22+M%C3%BCller", 200, 'Hello, Jürgen "J" Müller!'),
        ("GET /hello?name=%3Cb%3E%26%2B", 200, "Hello, <b>&+!"),
        ("GET /", 404, "Not found"),
        ("GET /hello/", 404, "Not found"),
        ("GET /Hello", 404, "Not found"),
        ("POST /hello?name=Chris", 404, "Not found"),
    ],
)
def test_routes(line, status, message):
    answer = respond(request(line), NOON)

    assert answer["statusCode"] == status
    assert answer["headers"] == {"content-type": "application/json"}
    assert json.loads(answer["body"]) == {
        "timestamp": "2026-11-23T12:00:00Z",
        "status": status,
        "message": message,
    }


def test_the_event_in_events_gives_the_expected_answer():
    expected = json.loads((EVENTS / "hello.expected.json").read_text())

    answer = handler(json.loads((EVENTS / "hello.json").read_text()), None)

    body = json.loads(answer["body"])
    timestamp = body.pop("timestamp")
    assert {**answer, "body": body} == expected
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", timestamp)
    assert abs(datetime.fromisoformat(timestamp) - datetime.now(timezone.utc)).total_seconds() < 60
