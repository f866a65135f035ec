"""Greets whoever GET /hello?name= or /goodbye?name= names."""

import json
from datetime import datetime, timezone

GREETINGS = {"GET /hello": "Hello", "GET /goodbye": "Goodbye"}


def handler(event, context):
    """Answers an API Gateway HTTP API event (payload format 2.0)."""
    return respond(event, datetime.now(timezone.utc))


def respond(event, now):
    greeting = GREETINGS.get(f"{event['requestContext']['http']['method']} {event['rawPath']}")
    if greeting is None:
        return answer(404, "Not found", now)
    # API Gateway has decoded the parameters; there is no such key when there are none.
    name = (event.get("queryStringParameters") or {}).get("name") or "World"
    return answer(200, f"{greeting}, {name}!", now)


def answer(status, message, now):
    timestamp = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    body = {"timestamp": timestamp, "status": status, "message": message}
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(body),
    }
