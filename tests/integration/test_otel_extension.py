"""examples/otel-extension: what a function does, as a collector of OpenTelemetry sees it."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from clients import with_curl
from collector import attributes
from conftest import calls
from runtimes import EXAMPLES, PYTHON, do
from support.waiting import wait_until

EXTENSIONS = EXAMPLES / "otel-extension/extensions"
TRACE_ID = "6560a1b23c4d5e6f708192a3b4c5d6e7"
PARENT = "0123456789abcdef"
TRACE = f"X-Amzn-Trace-Id: Root=1-{TRACE_ID[:8]}-{TRACE_ID[8:]};Parent={PARENT};Sampled=1"

OK, ERROR = 0, 2  # a span's status
SERVER = 2  # its kind
SERVER_ERROR = 17  # a line's severity


@pytest.fixture
def runtime():
    return PYTHON


@pytest.fixture
def start_observed(start_payload, collector):
    """start_observed(...): an emulator with the extension, which exports to `collector`."""

    def start_observed(extensions=EXTENSIONS, environment=(), **options):
        environment = {
            # The extension runs under the first python3, which has OpenTelemetry's packages.
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint,
            "OTEL_EXPORTER_OTLP_TIMEOUT": "10",
            "AWS_LAMBDA_FUNCTION_NAME": "greeter",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            **dict(environment),
        }
        return start_payload("--extensions-dir", extensions, environment=environment, **options)

    return start_observed


def invocations(collector):
    """The spans of invocations, in the order they ended in."""
    return sorted((span for span in collector.spans() if span.kind == SERVER), key=lambda span: span.end_time_unix_nano)


def ids(spans):
    return [attributes(span.attributes)["faas.invocation_id"] for span in spans]


def children(collector, span):
    return {one.name: one for one in collector.spans() if one.parent_span_id == span.span_id}


def lines(collector, span):
    return [record.body.string_value for record in collector.log_records() if record.span_id == span.span_id]


def test_every_invocation_is_one_span_with_its_lines(start_observed, collector):
    emulator = start_observed()

    answers = [with_curl(emulator, "hello", do("say", lines=[f"{n} {i}" for i in range(n)])) for n in range(20)]
    # The extension exports before it asks for the next event, so all but the last are there whatever happens now.
    assert len(invocations(collector)) >= 19
    emulator.stop()

    spans = invocations(collector)
    assert ids(spans) == [answer.request_id for answer in answers] == calls(emulator)
    assert len({span.span_id for span in spans}) == len({span.trace_id for span in spans}) == 20
    for n, span in enumerate(spans):
        assert lines(collector, span) == [f"{n} {i}" for i in range(n)]
        assert span.name == "greeter"
        assert span.status.code == OK
        assert attributes(span.attributes)["faas.coldstart"] == (n == 0)
        assert span.start_time_unix_nano <= span.end_time_unix_nano
        parts = {"responseLatency", "responseDuration", "runtimeOverhead", *(["init"] if n == 0 else [])}
        assert children(collector, span).keys() == parts
        latency = children(collector, span)["responseLatency"]
        assert latency.trace_id == span.trace_id
        assert abs(latency.start_time_unix_nano - span.start_time_unix_nano) < 1e9
    assert len(collector.spans()) == 20 * 4 + 1
    assert len(collector.log_records()) == sum(range(20))


def test_it_says_whose_telemetry_it_is(start_observed, collector):
    emulator = start_observed(environment={"AWS_REGION": "eu-west-1", "OTEL_RESOURCE_ATTRIBUTES": "team=blue"})
    with_curl(emulator, "hello", do("say", lines=["here"]))
    emulator.stop()

    (resource,) = collector.resources()
    for key, value in {
        "service.name": "greeter",
        "cloud.provider": "aws",
        "cloud.platform": "aws_lambda",
        "cloud.region": "eu-west-1",
        "faas.name": "greeter",
        "faas.version": "$LATEST",
        "faas.max_memory": 512 << 20,
        "team": "blue",
    }.items():
        assert resource[key] == value, key


def test_a_span_belongs_to_the_callers_trace(start_observed, collector):
    emulator = start_observed()
    with_curl(emulator, "hello", do("say", lines=["here"]), headers=[TRACE])
    emulator.stop()

    (span,) = invocations(collector)
    assert span.trace_id.hex() == TRACE_ID
    assert span.parent_span_id.hex() == PARENT
    assert {one.trace_id.hex() for one in collector.spans()} == {TRACE_ID}
    (line,) = collector.log_records()
    assert line.trace_id.hex() == TRACE_ID
    assert line.body.string_value == "here"


def test_the_shutdown_delivers_the_report_of_the_last_invocation(start_observed, collector):
    emulator = start_observed()
    for _ in range(3):
        with_curl(emulator, "hello", do("echo"))
    emulator.stop()

    metrics = {name: points[-1] for name, points in collector.metrics().items()}
    assert metrics["faas.invoke_duration"].count == 3
    assert metrics["faas.coldstarts"].as_int == 1
    assert metrics["faas.init_duration"].count == 1
    assert metrics["faas.mem_usage"].min > 1 << 20
    assert not {"faas.errors", "faas.timeouts"} & metrics.keys()


def test_what_a_failing_handler_wrote_is_there(start_observed, collector):
    emulator = start_observed()
    failed = with_curl(emulator, "hello", do("fail"))
    with_curl(emulator, "hello", do("echo"))
    emulator.stop()

    first, _ = invocations(collector)
    assert attributes(first.attributes)["faas.invocation_id"] == failed.request_id
    errors = [record for record in collector.log_records() if record.severity_number == SERVER_ERROR]
    assert [record.span_id for record in errors] == [first.span_id]
    assert "ValueError: boom" in errors[0].body.string_value


def test_a_timeout_is_a_span_with_an_error(start_observed, collector):
    emulator = start_observed(environment={"AWS_LAMBDA_FUNCTION_TIMEOUT": "5"})
    answers = [with_curl(emulator, "hello", do(what)) for what in ("echo", "hang", "echo")]
    emulator.stop()

    spans = invocations(collector)
    assert ids(spans) == [answer.request_id for answer in answers]
    assert [span.status.code for span in spans] == [OK, ERROR, OK]
    assert attributes(spans[1].attributes)["error.type"] == "timeout"
    # The environment was started anew, and the extension with it.
    assert [attributes(span.attributes)["faas.coldstart"] for span in spans] == [True, False, True]
    assert spans[1].end_time_unix_nano - spans[1].start_time_unix_nano >= 4.99e9


def test_an_exit_is_a_span_with_an_error(start_observed, collector):
    emulator = start_observed()
    answers = [with_curl(emulator, "hello", do("exit", code=3)), with_curl(emulator, "hello", do("echo"))]
    emulator.stop()

    spans = invocations(collector)
    assert ids(spans) == [answer.request_id for answer in answers]
    assert [span.status.code for span in spans] == [ERROR, OK]
    assert attributes(spans[0].attributes)["error.type"] == "Runtime.ExitError"


def test_a_failed_initialization_is_a_span_with_an_error(start_observed, collector):
    emulator = start_observed(environment={"FAIL_INIT": "yes"})
    assert with_curl(emulator, "hello", do("echo")).error == "Unhandled"
    wait_until(lambda: any(span.name == "init" for span in collector.spans()), "the span of an initialization")
    emulator.stop()

    assert {(span.name, span.status.code) for span in collector.spans() if span.name == "init"} == {("init", ERROR)}


def test_invocations_that_run_at_once_are_spans_of_their_own(start_observed, collector):
    environment = {"AWS_LAMBDA_MAX_CONCURRENCY": "4", "AWS_LAMBDA_LOG_FORMAT": "JSON"}
    emulator = start_observed(environment=environment)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: with_curl(emulator, "hello", do("echo")), range(12)))
    emulator.stop()

    assert [answer.error for answer in answers] == [None] * 12
    assert sorted(ids(invocations(collector))) == sorted(answer.request_id for answer in answers)
    assert {span.status.code for span in invocations(collector)} == {OK}
    assert [points[-1].count for name, points in collector.metrics().items() if name == "faas.invoke_duration"] == [12]


def test_a_caller_does_not_wait_for_a_collector_that_is_away(start_observed):
    emulator = start_observed(environment={"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"})
    for n in range(2):
        assert with_curl(emulator, "hello", do("echo", n=n)).json() == {"do": "echo", "n": n}
