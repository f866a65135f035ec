"""A collector of OpenTelemetry: what is exported to it by OTLP over HTTP, decoded."""

import gzip
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

_REQUESTS = {
    "/v1/traces": ExportTraceServiceRequest,
    "/v1/logs": ExportLogsServiceRequest,
    "/v1/metrics": ExportMetricsServiceRequest,
}


class Collector:
    """Use as a context manager. What it has got is in the order of its arrival."""

    def __init__(self):
        self._got = {path: [] for path in _REQUESTS}
        self.strange = []  # what was not to be understood
        collector = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                collector._take(self)
                self.send_response(200)
                self.send_header("Content-Type", "application/x-protobuf")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever)
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def resources(self):
        """The attributes of every resource that told something, each once."""
        told = [attributes(part.resource.attributes) for part in self._parts()]
        return [resource for i, resource in enumerate(told) if resource not in told[:i]]

    def spans(self):
        return [span for part in self._parts("/v1/traces") for scope in part.scope_spans for span in scope.spans]

    def log_records(self):
        return [
            record for part in self._parts("/v1/logs") for scope in part.scope_logs for record in scope.log_records
        ]

    def metrics(self):
        """{name: all its data points}."""
        points = {}
        for part in self._parts("/v1/metrics"):
            for scope in part.scope_metrics:
                for metric in scope.metrics:
                    points.setdefault(metric.name, []).extend(getattr(metric, metric.WhichOneof("data")).data_points)
        return points

    def _parts(self, *paths):
        for path in paths or self._got:
            for request in list(self._got[path]):
                yield from getattr(request, request.DESCRIPTOR.fields[0].name)

    def _take(self, http):
        body = http.rfile.read(int(http.headers["Content-Length"]))
        if http.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        try:
            assert http.headers["Content-Type"] == "application/x-protobuf"
            self._got[http.path].append(_REQUESTS[http.path].FromString(body))
        except Exception as problem:
            self.strange.append((http.path, repr(problem), body[:1000]))


def attributes(pairs):
    """OpenTelemetry's list of attributes as a dictionary."""
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs}
