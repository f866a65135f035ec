"""What becomes of Lambda's records, without Lambda and without a collector."""

import threading

import pytest
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from otel_extension.recorder import Recorder, level_of, nanoseconds

ID = "6d68ca91-49c9-448d-89b8-7ca3e6dc66aa"
TRACE_ID, PARENT = "62e900b2710d76f009d6e7785905449a", "0efbd19962d95b05"
TRACING = {"type": "X-Amzn-Trace-Id", "value": f"Root=1-{TRACE_ID[:8]}-{TRACE_ID[8:]};Parent={PARENT};Sampled=1"}
METRICS = {"durationMs": 140.0, "billedDurationMs": 141, "memorySizeMB": 128, "maxMemoryUsedMB": 84}


class Observed:
    """A recorder, and what it exports."""

    def __init__(self):
        self._spans, self._lines = InMemorySpanExporter(), InMemoryLogRecordExporter()
        self._metrics = InMemoryMetricReader()
        tracers, loggers = TracerProvider(), LoggerProvider()
        tracers.add_span_processor(SimpleSpanProcessor(self._spans))
        loggers.add_log_record_processor(SimpleLogRecordProcessor(self._lines))
        self.recorder = Recorder("greeter", tracers, loggers, MeterProvider([self._metrics]))

    def tell(self, kind, record, at="15.000"):
        self.recorder.on_records([{"time": f"2022-10-12T00:00:{at}Z", "type": kind, "record": record}])

    def spans(self):
        return {span.name: span for span in self._spans.get_finished_spans()}

    def lines(self):
        return [data.log_record for data in self._lines.get_finished_logs()]

    def metrics(self):
        data = self._metrics.get_metrics_data()
        scopes = [scope for resource in data.resource_metrics for scope in resource.scope_metrics]
        return {metric.name: metric.data.data_points[0] for scope in scopes for metric in scope.metrics}


@pytest.fixture
def observed():
    return Observed()


def test_an_invocation_is_a_span_from_its_start_until_its_runtime_is_done(observed):
    observed.tell("platform.start", {"requestId": ID, "version": "7", "tracing": TRACING}, at="15.064")
    observed.tell("platform.runtimeDone", {"requestId": ID, "status": "success"}, at="16.500")

    span = observed.spans()["greeter"]
    assert (span.start_time, span.end_time) == (1665532815_064_000_000, 1665532816_500_000_000)
    assert f"{span.context.trace_id:032x}" == TRACE_ID
    assert f"{span.parent.span_id:016x}" == PARENT
    assert span.status.status_code == StatusCode.UNSET
    assert dict(span.attributes) == {"faas.invocation_id": ID, "faas.coldstart": True, "faas.version": "7"}


def test_what_the_runtime_did_is_beneath_it(observed):
    parts = [
        {"name": "responseLatency", "start": "2022-10-12T00:00:15.064Z", "durationMs": 23.02},
        {"name": "responseDuration", "start": "2022-10-12T00:00:15.087Z", "durationMs": 0.1},
    ]
    observed.tell("platform.start", {"requestId": ID, "version": "7"})
    observed.tell("platform.runtimeDone", {"requestId": ID, "status": "success", "spans": parts})

    spans = observed.spans()
    assert spans["responseLatency"].end_time - spans["responseLatency"].start_time == 23_020_000
    assert spans["responseDuration"].start_time == 1665532815_087_000_000
    assert {spans[part["name"]].parent.span_id for part in parts} == {spans["greeter"].context.span_id}


def test_the_initialization_belongs_to_the_first_invocation(observed):
    observed.tell("platform.initStart", {"initializationType": "on-demand", "phase": "init"}, at="14.000")
    observed.tell("platform.initRuntimeDone", {"initializationType": "on-demand", "status": "success"}, at="14.500")
    assert observed.spans() == {}
    observed.tell("platform.start", {"requestId": ID, "version": "7"})
    observed.tell("platform.runtimeDone", {"requestId": ID, "status": "success"})

    init, span = observed.spans()["init"], observed.spans()["greeter"]
    assert init.end_time - init.start_time == 500_000_000
    assert init.parent.span_id == span.context.span_id


def test_an_initialization_that_no_invocation_came_for_is_told_at_the_end(observed):
    record = {"initializationType": "on-demand", "status": "error", "errorType": "Runtime.ExitError"}
    observed.tell("platform.initStart", record)
    observed.tell("platform.initRuntimeDone", record)
    observed.recorder.finish()

    init = observed.spans()["init"]
    assert init.parent is None
    assert init.status.status_code == StatusCode.ERROR
    assert init.attributes["error.type"] == "Runtime.ExitError"


@pytest.mark.parametrize(
    "record, error",
    [({"status": "timeout"}, "timeout"), ({"status": "error", "errorType": "Runtime.ExitError"}, "Runtime.ExitError")],
)
def test_a_failure_is_an_error_of_the_span(observed, record, error):
    observed.tell("platform.start", {"requestId": ID, "version": "7"})
    observed.tell("platform.runtimeDone", {"requestId": ID, **record})

    span = observed.spans()["greeter"]
    assert span.status.status_code == StatusCode.ERROR
    assert span.attributes["error.type"] == error


def test_a_line_belongs_to_the_invocation_that_runs(observed):
    observed.tell("function", "loading")
    observed.tell("platform.start", {"requestId": ID, "version": "7", "tracing": TRACING})
    observed.tell("function", "[WARNING]\tlow on tea", at="15.064")
    observed.tell("function", {"level": "ERROR", "message": "out of tea"})
    observed.tell("platform.runtimeDone", {"requestId": ID, "status": "success"})

    loading, low, out = observed.lines()
    assert not loading.trace_id
    assert f"{low.trace_id:032x}" == TRACE_ID
    assert low.span_id == out.span_id == observed.spans()["greeter"].context.span_id
    assert (low.timestamp, low.severity_text, low.body) == (1665532815_064_000_000, "WARNING", "[WARNING]\tlow on tea")
    assert (out.severity_text, out.body["message"]) == ("ERROR", "out of tea")


def test_the_report_is_metrics(observed):
    observed.tell("platform.start", {"requestId": ID, "version": "7"})
    observed.tell("platform.report", {"requestId": ID, "metrics": METRICS, "status": "timeout"})

    metrics = observed.metrics()
    assert metrics["faas.invoke_duration"].sum == 0.14
    assert metrics["faas.mem_usage"].max == 84 * 1024 * 1024
    assert metrics["faas.coldstarts"].value == metrics["faas.timeouts"].value == 1
    assert "faas.errors" not in metrics


def test_waiting_ends_when_the_record_is_here(observed):
    observed.tell("platform.start", {"requestId": ID, "version": "7"})
    waiting = threading.Thread(target=observed.recorder.wait_for_runtime_done, args=(ID, 60))
    waiting.start()
    observed.tell("platform.runtimeDone", {"requestId": ID, "status": "success"})
    waiting.join(10)
    assert not waiting.is_alive()

    observed.tell("platform.initReport", {"initializationType": "on-demand", "metrics": {"durationMs": 7.0}})
    reports = threading.Thread(target=observed.recorder.wait_for_reports, args=(60,))
    reports.start()
    observed.tell("platform.report", {"requestId": ID, "metrics": METRICS})
    reports.join(10)
    assert not reports.is_alive()


def test_an_environment_that_ends_before_its_first_record_came_is_waited_for(observed):
    assert not observed.recorder.wait_for_reports(0)
    observed.tell("platform.initReport", {"initializationType": "on-demand", "metrics": {"durationMs": 7.0}})
    assert observed.recorder.wait_for_reports(0)


def test_what_is_unknown_is_passed_over(observed):
    observed.tell("platform.novelty", {"requestId": ID})
    observed.tell("platform.runtimeDone", {"requestId": ID, "status": "success"})
    assert observed.spans() == {}


@pytest.mark.parametrize(
    "line, level",
    [
        ("[ERROR] ValueError: boom", "ERROR"),
        ("2022-10-12T00:00:15.064Z\t6d68ca91\tINFO\thello", "INFO"),
        ({"level": "DEBUG"}, "DEBUG"),
        ("[tea] is ready", None),
        ("hello", None),
        ({}, None),
    ],
)
def test_a_line_may_tell_its_level(line, level):
    assert level_of(line) == level


def test_times_are_exact():
    assert nanoseconds("1970-01-01T00:00:00.001Z") == 1_000_000
    assert nanoseconds("2022-10-12T00:00:15.064Z") == 1665532815_064_000_000
