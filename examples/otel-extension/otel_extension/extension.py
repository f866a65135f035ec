"""The life of the extension, and where its telemetry goes."""

import os
import time

from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from .lambda_apis import BUFFERING, LambdaApis, Receiver
from .recorder import Recorder

# What is kept of the time at the end for exporting.
SECONDS_TO_EXPORT = 0.7
# A record that is not here this long after the one before is not on its way.
SECONDS_OF_QUIET = 4 * BUFFERING["timeoutMs"] / 1000


def run(name):
    """Registers under `name`, and returns when the environment ends."""
    # A collector that does not answer must not hold up the function for the SDK's ten seconds, nor miss the shutdown.
    os.environ.setdefault("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    lambda_apis = LambdaApis(name)
    providers = Providers(resource(lambda_apis.function))
    recorder = Recorder(lambda_apis.function["functionName"], providers.tracers, providers.loggers, providers.meters)
    lambda_apis.subscribe(Receiver(recorder.on_records).port)

    while True:
        event = lambda_apis.next_event()
        seconds_left = event["deadlineMs"] / 1000 - time.time()
        if event["eventType"] == "SHUTDOWN":
            recorder.wait_for_reports(max(0, seconds_left - SECONDS_TO_EXPORT), SECONDS_OF_QUIET)
            recorder.finish()
            providers.flush()
            return
        # The environment may be frozen as soon as the next event is asked for. The caller has been answered already.
        recorder.wait_for_runtime_done(event["requestId"], max(0, seconds_left) + 1)
        providers.flush()


class Providers:
    """OpenTelemetry's, with OTLP exporters that OTEL_EXPORTER_OTLP_... configure."""

    def __init__(self, resource):
        self.tracers = TracerProvider(resource=resource)
        self.tracers.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self.loggers = LoggerProvider(resource=resource)
        self.loggers.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
        reader = PeriodicExportingMetricReader(OTLPMetricExporter())
        self.meters = MeterProvider([reader], resource=resource)

    def flush(self):
        self.tracers.force_flush()
        self.loggers.force_flush()
        self.meters.force_flush()


def resource(function):
    """Whose telemetry it is."""
    environment = os.environ.get
    memory = environment("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
    attributes = {
        "service.name": environment("OTEL_SERVICE_NAME", function["functionName"]),
        "cloud.provider": "aws",
        "cloud.platform": "aws_lambda",
        "cloud.region": environment("AWS_REGION"),
        "faas.name": function["functionName"],
        "faas.version": function["functionVersion"],
        "faas.instance": environment("AWS_LAMBDA_LOG_STREAM_NAME"),
        "faas.max_memory": int(memory) << 20 if memory else None,
    }
    return Resource.create({key: value for key, value in attributes.items() if value is not None})
