"""Secrets are never printed: not at any level, in any format, whatever goes right or wrong."""

import base64
import itertools
import json

import pytest

from support.emulator import INVOKE, do, free_ports, run
from support.extensions import ExtensionPuppet
from support.http1 import Connection, request
from support.waiting import wait_until

pytestmark = pytest.mark.thimble

LEVELS = ("trace", "debug", "info", "warning", "error", "fatal", "panic")
STREAM = b"/2021-11-15/functions/f/response-streaming-invocations"


class Canaries:
    """Distinct secrets, each for one place."""

    def __init__(self):
        self._number = itertools.count(1)
        self.planted = {}

    def __call__(self, place):
        canary = f"canary{next(self._number):02}{place.encode().hex()[:8]}"
        self.planted[canary] = place
        return canary

    def escaped(self, *texts):
        """The places whose secrets stand in the texts, plain or as base64 would begin them."""
        text = b"\n".join(texts)
        return [
            place
            for canary, place in self.planted.items()
            if canary.encode() in text or base64.b64encode(canary.encode())[:14] in text
        ]


def environment(secret):
    return {
        "AWS_ACCESS_KEY_ID": secret("AWS_ACCESS_KEY_ID"),
        "AWS_SECRET_ACCESS_KEY": secret("AWS_SECRET_ACCESS_KEY"),
        "AWS_SESSION_TOKEN": secret("AWS_SESSION_TOKEN"),
        "DB_PASSWORD": secret("DB_PASSWORD"),
        "STRIPE_API_KEY": secret("STRIPE_API_KEY"),
        "session_cookie": secret("session_cookie"),
        "HTTPS_PROXY": f"http://user:{secret('HTTPS_PROXY')}@proxy.invalid:3128",
        "DATABASE_URL": f"postgres://app:{secret('DATABASE_URL')}@db.invalid/app",
        "AWS_XRAY_DAEMON_ADDRESS": f"http://x:{secret('AWS_XRAY_DAEMON_ADDRESS')}@xray.invalid",
    }


def headers(secret):
    return [
        (name.encode(), secret(name).encode())
        for name in ("Authorization", "X-Amz-Security-Token", "Cookie", "X-Api-Key", "Proxy-Authorization")
    ]


def client_context(secret, place):
    text = json.dumps({"custom": {"token": secret(place)}})
    return [(b"X-Amz-Client-Context", base64.b64encode(text.encode()))]


def steps(secret, place, *steps):
    """An event with a secret beside its steps."""
    return json.dumps({"do": steps, "password": secret(place)}).encode()


def speak(port, data):
    """What the emulator says to these bytes, until it closes the connection."""
    with Connection(port) as connection:
        connection.send(data)
        return connection.reply()


def invoke_in_every_way(emulator, secret, outcomes):
    """Every kind of invocation: what it takes well, what it refuses, what fails."""

    def all_headers():
        return [*headers(secret), *client_context(secret, "client context")]

    def error(place):
        text = {"errorMessage": secret(place), "errorType": f"No {secret(place)}", "stackTrace": [secret(place)]}
        return json.dumps(text)

    requests = [
        (INVOKE, steps(secret, "event", ["respond", secret("response")]), all_headers()),
        (INVOKE, steps(secret, "event with a tail", ["echo"]), [*all_headers(), (b"X-Amz-Log-Type", b"Tail")]),
        (INVOKE, steps(secret, "dry run"), [(b"X-Amz-Invocation-Type", b"DryRun"), *all_headers()]),
        (STREAM, steps(secret, "stream", ["begin-stream"], ["piece", secret("piece")], ["end-stream"]), all_headers()),
        (INVOKE, steps(secret, "failing event", ["error", error("error")]), all_headers()),
        (b"/2015-03-31/functions/f/invocations", b'{"broken": "' + secret("broken JSON").encode(), all_headers()),
        (b"/2015-03-31/functions/f/invocations", b"{}", [(b"Content-Type", b"text/" + secret("a type").encode())]),
        (INVOKE, b"{}", [(b"X-Amz-Client-Context", b"%" + secret("bad client context").encode())]),
        (INVOKE, b"{}", [(b"X-Amz-Invocation-Type", secret("invocation type").encode())]),
        (INVOKE, b"{}", [(b"X-Amz-Log-Type", secret("log type").encode())]),
        (INVOKE, b"{}", [(b"Origin", b"https://" + secret("origin").encode()), *headers(secret)]),
        (b"/2015-03-31/functions/f:" + secret("qualifier").encode() + b"!/invocations", b"{}", all_headers()),
        (b"/" + secret("path").encode(), b"{}", all_headers()),
        (INVOKE + b"?token=" + secret("query").encode(), b"x" * 2_000, [(b"X-Amz-Invocation-Type", b"Event")]),
        (INVOKE, steps(secret, "exit", ["exit", 3]), all_headers()),
        (INVOKE, steps(secret, "kill", ["kill", 9]), all_headers()),
        (INVOKE, steps(secret, "response and exit", ["respond", secret("last response")], ["exit", 1]), all_headers()),
    ]
    for path, body, given in requests:
        outcomes.append(emulator.invoke(body, path, given).status)
    event = steps(secret, "asynchronous", ["error", error("asynchronous error")])
    accepted = emulator.invoke(event, headers=[*all_headers(), (b"X-Amz-Invocation-Type", b"Event")])
    outcomes.append(accepted.status)
    request_id = accepted.header("X-Amzn-RequestId")
    wait_until(lambda: emulator.notes().count(request_id) == 2, "both attempts of the asynchronous invocation")


def break_the_protocol(emulator, secret, outcomes):
    line = b"POST " + INVOKE + b" HTTP/1.1\r\nHost: localhost\r\n"
    for port in (emulator.invoke_port, emulator.runtime_port):
        for bad in (
            line + b"Authorization: " + secret("bare line feed").encode() + b"\nContent-Length: 2\r\n\r\n{}",
            line + b"Content-Length: " + secret("length").encode() + b"\r\n\r\n{}",
            line + b"Cookie : " + secret("space before colon").encode() + b"\r\n\r\n",
            line + b"X-Token: " + secret("large head").encode() * 4000 + b"\r\n\r\n",
            b"GET /?" + secret("request line").encode() + b" HTTP/9.9\r\n\r\n",
        ):
            outcomes.append(speak(port, bad).status)


def misuse_the_runtime_port(emulator, secret, outcomes):
    """Extensions, telemetry and a runtime that ask wrongly; the runtime itself waits meanwhile."""
    extension = ExtensionPuppet(emulator, b"internal")
    identifier = [(b"Lambda-Extension-Identifier", secret("identifier").encode())]
    telemetry = {"schemaVersion": secret("schema"), "destination": {"URI": f"http://u:{secret('destination')}@x/"}}
    outcomes += [
        extension.register(b'{"events":["' + secret("extension event").encode() + b'"]}', headers(secret)).status,
        extension.register(b'{"events":[' + secret("broken registration").encode(), headers(secret)).status,
        extension.post(b"event/next", secret("extension post").encode(), identifier).status,
    ]
    registered = ExtensionPuppet(emulator, b"good", [b"INVOKE"])
    known = [(b"Lambda-Extension-Identifier", registered.identifier), *headers(secret)]
    for body in (json.dumps(telemetry).encode(), secret("broken subscription").encode()):
        for path in (b"/2022-07-01/telemetry", b"/2020-08-15/logs"):
            registered.connection.send(request(b"PUT", path, body, known))
            outcomes.append(registered.connection.reply().status)
    token = [(b"Authorization", secret("credentials token").encode())]
    with emulator.connect_runtime_api() as connection:
        for method, path in (
            (b"GET", b"/2021-04-23/credentials"),
            (b"POST", b"/2018-06-01/runtime/invocation/" + secret("request id").encode() + b"/response"),
            (b"POST", b"/2018-06-01/runtime/invocation/" + secret("request id").encode() + b"/error"),
        ):
            connection.send(request(method, path, secret("body").encode() if method == b"POST" else None, token))
            outcomes.append(connection.reply(to=method).status)
    registered.ask_next()
    return registered


@pytest.mark.parametrize("log_format", ["text", "json"])
@pytest.mark.parametrize("level", LEVELS)
def test_nothing_that_is_secret_is_printed(start, tmp_path, level, log_format):
    secret, outcomes, gate = Canaries(), [], tmp_path / "gate"
    emulator = start(
        "--log-level",
        level,
        "--log-format",
        log_format,
        "--system-log-level=debug",
        "--event-retries=1",
        "--event-retry-delay=0",
        "--max-event-bytes=1000",
        environment=environment(secret),
        init=[["await", str(gate)]],
    )
    waiting = emulator.begin(steps(secret, "first event", ["respond", "1"]), headers=headers(secret))
    emulator.wait_for_start()
    extension = misuse_the_runtime_port(emulator, secret, outcomes)
    gate.touch()
    assert extension.event()["eventType"] == "INVOKE"
    extension.ask_next()
    outcomes.append(waiting.reply().status)
    outcomes.append(emulator.invoke(do(["exit", 0])).status)
    extension.connection.close()
    invoke_in_every_way(emulator, secret, outcomes)
    break_the_protocol(emulator, secret, outcomes)
    last = emulator.invoke(b"1", headers=[(b"X-Amz-Log-Type", b"Tail")])
    emulator.stop()

    assert len(secret.planted) >= 30
    assert {200, 202, 204, 400, 403, 404, 413, 415, 431, 500, 502} <= set(outcomes), sorted(set(outcomes))
    assert secret.escaped(emulator.stdout, emulator.stderr) == []
    tail = base64.b64decode(last.header("X-Amz-Log-Result"))
    assert secret.escaped(last.head, last.body, tail) == [], "what others sent is not in an answer"


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_what_fails_at_the_start_prints_no_secret(start, log_format):
    secret = Canaries()
    error = json.dumps({"errorMessage": secret("init error"), "errorType": secret("init error's type")})
    emulator = start(
        "--log-level=trace",
        "--log-format",
        log_format,
        environment=environment(secret),
        init=[["init-error", error, {"Lambda-Runtime-Function-Error-Type": secret("a header")}], ["exit", 1]],
    )
    assert secret("nothing") not in emulator.invoke(headers=headers(secret)).body.decode()
    timed_out = start(
        "--log-level=trace",
        "--log-format",
        log_format,
        environment={**environment(secret), "AWS_LAMBDA_FUNCTION_TIMEOUT": "1"},
    )
    timed_out.invoke(steps(secret, "hanging event", ["hang"]), headers=headers(secret))
    for one in (emulator, timed_out):
        one.stop()
        assert secret.escaped(one.stdout, one.stderr) == []


def test_a_secret_on_the_command_line_is_not_printed(start):
    secret = Canaries()
    given = environment(secret)
    password, proxy = given["DB_PASSWORD"], given["HTTPS_PROXY"]
    emulator = start(command=("/bin/true", proxy, f"--password={password}"), environment=given)
    emulator.invoke()
    emulator.wait_for_stderr(rb"exec '/bin/true' \(cwd=.*, handler=--password=\*\*\*\)")
    emulator.stop()
    assert secret.escaped(emulator.stdout, emulator.stderr) == []


@pytest.mark.parametrize("flag", ["log-level", "log-format", "queue-depth", "idle-timeout", "runtime-api-address", "fidelity"])
@pytest.mark.parametrize("name", ["AWS_SECRET_ACCESS_KEY", "DB_PASSWORD", "STRIPE_API_KEY", "DATABASE_URL"])
def test_a_secret_where_a_flag_s_value_belongs_is_not_repeated(tmp_path, flag, name):
    secret = Canaries()
    given = environment(secret)
    refusal = run(tmp_path / "refused", f"--{flag}", given[name], environment=given, ports=free_ports(2))
    refusal.assert_one_line(b"--" + flag.encode(), b"***")
    assert secret.escaped(refusal.stderr) == []


def test_the_value_of_a_variable_that_is_no_secret_is_repeated(tmp_path):
    refusal = run(tmp_path / "refused", "--log-level=loudly", environment={"VOLUME": "loudly"}, ports=free_ports(2))
    refusal.assert_one_line(b"'loudly' is not one of trace")
