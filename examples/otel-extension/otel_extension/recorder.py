"""Turns the records of the Telemetry API into spans, log records and metrics."""

import re
import threading
from datetime import datetime
from time import monotonic

from opentelemetry import trace
from opentelemetry._logs import SeverityNumber
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags

SEVERITIES = {
    "TRACE": SeverityNumber.TRACE,
    "DEBUG": SeverityNumber.DEBUG,
    "INFO": SeverityNumber.INFO,
    "WARN": SeverityNumber.WARN,
    "WARNING": SeverityNumber.WARN,
    "ERROR": SeverityNumber.ERROR,
    "FATAL": SeverityNumber.FATAL,
    "CRITICAL": SeverityNumber.FATAL,
}
# As Lambda's Python writes a line, "[INFO]\t...", and as its Node.js does: "TIME\tREQUEST ID\tINFO\t...".
LEVEL = re.compile(r"\[(\w+)\]|[^\t]+\t[^\t]+\t(\w+)\t")
X_RAY = re.compile(r"Root=1-([0-9a-f]{8})-([0-9a-f]{24}).*?;Parent=([0-9a-f]{16})", re.S)


class Recorder:
    """Takes the records of one environment, in their order, from any thread.

    An invocation becomes a span under the caller's; beneath it are what its runtime did and, if it was the first, the
    initialization. A line of the function becomes a log record of the span it was written in.
    """

    def __init__(self, function_name, tracers, loggers, meters):
        self._function_name = function_name
        self._tracer = tracers.get_tracer(__name__)
        self._logger = loggers.get_logger(__name__)
        meter = meters.get_meter(__name__)
        self._durations = meter.create_histogram("faas.invoke_duration", "s")
        self._init_durations = meter.create_histogram("faas.init_duration", "s")
        self._memory = meter.create_histogram("faas.mem_usage", "By")
        self._cold_starts = meter.create_counter("faas.coldstarts", "{coldstart}")
        self._errors = meter.create_counter("faas.errors", "{error}")
        self._timeouts = meter.create_counter("faas.timeouts", "{timeout}")

        self._changed = threading.Condition()
        self._is_cold = True
        self._is_init_reported = False
        self._init = None  # its first and its last record, until a span has it
        self._spans = {}  # of the invocations that run, by request id
        self._latest = None  # the invocation that lines belong to
        self._latest_done = None  # the request id that a runtime was done with
        self._unreported = set()

    def on_records(self, records):
        handlers = {
            "platform.initStart": self._init_start,
            "platform.initRuntimeDone": self._init_runtime_done,
            "platform.initReport": self._init_report,
            "platform.start": self._start,
            "platform.runtimeDone": self._runtime_done,
            "platform.report": self._report,
            "platform.logsDropped": self._logs_dropped,
            "function": self._line,
        }
        with self._changed:
            for record in records:
                if handle := handlers.get(record["type"]):
                    handle(nanoseconds(record["time"]), record["record"])
            self._changed.notify_all()

    def wait_for_runtime_done(self, request_id, seconds):
        """Waits until all of an invocation is here but its report, which comes when extensions are done too."""
        with self._changed:
            self._changed.wait_for(lambda: self._latest_done == request_id, seconds)

    def wait_for_reports(self, seconds, quiet=0):
        """Waits until all that is known to have begun is reported and nothing came for `quiet` seconds.

        Of an environment that ends early nothing may have come yet, but an initialization it has always had.
        Returns whether that came true within `seconds`.
        """
        end = monotonic() + seconds
        with self._changed:
            while self._changed.wait_for(self._is_all_reported, max(0, end - monotonic())):
                if not self._changed.wait(max(0, min(quiet, end - monotonic()))):
                    return True
            return False

    def _is_all_reported(self):
        return self._is_init_reported and not self._unreported

    def finish(self):
        """There is nothing more to come."""
        with self._changed:
            for span in self._spans.values():
                span.set_status(Status(StatusCode.ERROR, "unfinished"))
                span.end()
            self._spans.clear()
            if self._init:
                self._init_span(None)

    def _init_start(self, time, record):
        self._init = [time, time, record]

    def _init_runtime_done(self, time, record):
        if self._init:
            self._init[1:] = [time, record]

    def _init_report(self, time, record):
        self._is_init_reported = True
        self._init_durations.record(record["metrics"]["durationMs"] / 1000)

    def _init_span(self, context):
        start, end, record = self._init
        self._init = None
        span = self._tracer.start_span("init", context, start_time=start)
        span.set_attribute("faas.init.type", record["initializationType"])
        set_outcome(span, record)
        span.end(end)

    def _start(self, time, record):
        request_id = record["requestId"]
        span = self._tracer.start_span(
            self._function_name,
            caller(record),
            SpanKind.SERVER,
            {"faas.invocation_id": request_id, "faas.coldstart": self._is_cold, "faas.version": record["version"]},
            start_time=time,
        )
        if self._is_cold:
            self._cold_starts.add(1)
        if self._init:
            self._init_span(trace.set_span_in_context(span))
        self._is_cold = False
        self._spans[request_id] = self._latest = span
        self._unreported.add(request_id)

    def _runtime_done(self, time, record):
        request_id = record["requestId"]
        span = self._spans.pop(request_id, None)
        if span is None:
            return
        context = trace.set_span_in_context(span)
        for part in record.get("spans", []):
            start = nanoseconds(part["start"])
            child = self._tracer.start_span(part["name"], context, start_time=start)
            child.end(start + round(part["durationMs"] * 1e6))
        set_outcome(span, record)
        span.end(time)
        self._latest_done = request_id

    def _report(self, time, record):
        metrics = record["metrics"]
        self._durations.record(metrics["durationMs"] / 1000)
        if "maxMemoryUsedMB" in metrics:  # several invocations share their memory
            self._memory.record(metrics["maxMemoryUsedMB"] << 20)
        match record.get("status", "success"):
            case "success":
                pass
            case "timeout":
                self._timeouts.add(1)
            case _:
                self._errors.add(1)
        self._unreported.discard(record["requestId"])

    def _logs_dropped(self, time, record):
        body = f"{record['droppedRecords']} records were lost: {record['reason']}"
        self._logger.emit(timestamp=time, severity_number=SeverityNumber.WARN, severity_text="WARN", body=body)

    def _line(self, time, record):
        level = level_of(record)
        # Where several run at once, only a line in JSON says whose it is.
        span = self._spans.get(record.get("requestId"), self._latest) if isinstance(record, dict) else self._latest
        self._logger.emit(
            timestamp=time,
            context=trace.set_span_in_context(span) if span else None,
            severity_number=SEVERITIES.get(level),
            severity_text=level,
            body=record,
        )


def nanoseconds(time):
    """A record's time, as OpenTelemetry counts it: since 1970."""
    since = datetime.fromisoformat(time.replace("Z", "+00:00")) - datetime.fromisoformat("1970-01-01T00:00:00+00:00")
    return (since.days * 86400 + since.seconds) * 10**9 + since.microseconds * 1000


def caller(record):
    """The context of the span that the X-Ray header names; None where nobody traces."""
    header = X_RAY.search(record.get("tracing", {}).get("value", ""))
    if header is None:
        return None
    time, unique, parent = header.groups()
    sampled = TraceFlags(TraceFlags.SAMPLED)  # only traces that are sampled are told of
    context = SpanContext(int(time + unique, 16), int(parent, 16), is_remote=True, trace_flags=sampled)
    return trace.set_span_in_context(NonRecordingSpan(context))


def set_outcome(span, record):
    status = record.get("status", "success")
    if status != "success":
        error = record.get("errorType", status)
        span.set_attribute("error.type", error)
        span.set_status(Status(StatusCode.ERROR, error))


def level_of(line):
    """The name of the level that a line tells, or None."""
    if isinstance(line, dict):
        level = line.get("level")
    else:
        match = LEVEL.match(line)
        level = match and (match[1] or match[2])
    return level if level in SEVERITIES else None
