"""The real runtime interface clients, and the handlers that run under them."""

import json
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
    example: tuple  # the command that starts examples/NAME-hello, in that folder
    payload: tuple  # the command that starts handlers/NAME, in `folder`
    folder: Path
    error_type: str  # of {"do": "fail"}
    init_error: dict = field(hash=False)  # with $FAIL_INIT

    def __str__(self):
        return self.name


# Go's and Rust's clients do not know of an initialization that fails: the process ends.
_ENDED = {"errorType": "Runtime.ExitError", "errorMessage": "Runtime exited with error: exit status 1"}

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
)
RUST = Runtime(
    name="rust",
    example=(ROOT / "build/examples/rust-hello/hello",),
    payload=(PROGRAMS / "payload-rust",),
    folder=_HANDLERS,
    error_type="Boom",
    init_error=_ENDED,
)
ALL = (PYTHON, GO, RUST)


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
