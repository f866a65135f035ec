"""An extension that others have written and published: Serverless's for OpenTelemetry, as it comes from npm.

It subscribes to the Logs API, waits for what a layer in the function posts to it, and exports both to a collector. Here
the function is handlers/python/layer.py, which plays the layer.
"""

import sys
from pathlib import Path

import pytest

from clients import with_curl
from collector import attributes
from runtimes import NODE, PROGRAMS, PYTHON
from support.waiting import wait_until

PROGRAM = PROGRAMS / "serverless-extension/otel-extension/index.js"
# Where it keeps what it has not sent; their names are its own.
STATE = [Path("/tmp/sls-save-log.json"), Path("/tmp/sent-requests.json")]


@pytest.fixture
def emulator(start, collector, tmp_path):
    """With the extension, and the function that works with it."""
    folder = tmp_path / "extensions"
    folder.mkdir()
    launcher = folder / "otel-extension"
    launcher.write_text(f"#!/bin/sh\nexec {NODE.payload[0]} {PROGRAM}\n")
    launcher.chmod(0o755)
    environment = {
        "AWS_LAMBDA_FUNCTION_NAME": "greeter",
        "AWS_SAM_LOCAL": "true",  # it then listens without asking for the address of the name "sandbox"
        "SLS_OTEL_REPORT_TRACES_URL": f"{collector.endpoint}/v1/traces",
        "SLS_OTEL_REPORT_METRICS_URL": f"{collector.endpoint}/v1/metrics",
    }
    _forget()
    command = (sys.executable, "-m", "awslambdaric", "layer.handler")
    yield start(command, PYTHON.folder, "--extensions-dir", folder, environment=environment)
    _forget()


def _forget():
    for path in STATE:
        path.unlink(missing_ok=True)


def test_it_exports_the_span_and_the_report_of_an_invocation(emulator, collector):
    """Of one only: it loses spans when a report arrives while it is busy with the next invocation."""
    answer = with_curl(emulator, "hello", b"{}")
    assert (answer.status, answer.error) == (200, None)
    wait_until(lambda: "faas.duration" in collector.metrics(), "the report")

    # The span comes from the function, the report from the emulator.
    (span,) = collector.spans()
    assert span.name == "greeter"
    assert attributes(span.attributes)["faas.execution"] == answer.request_id
    metrics = collector.metrics()
    (duration,), (memory,), (invoke,) = (metrics[name] for name in ("faas.duration", "faas.memory", "faas.invoke"))
    told = attributes(duration.attributes)
    assert told["faas.api_gateway_request_id"] == answer.request_id
    reported = emulator.wait_for_stdout(rb"Init Duration: .*\tDuration: ([0-9.]+) ms\t.*Max Memory Used: (\d+) MB")
    assert duration.sum == told["faas.duration"] == pytest.approx(float(reported[1]), abs=0.01)
    assert told["faas.max_memory_used_mb"] == int(reported[2])
    assert memory.sum > 0 and invoke.as_int == 1
