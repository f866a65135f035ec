"""A function that does what the layer of Serverless's OpenTelemetry extension does: posts its span to the extension."""

import base64
import gzip
import json
import time
import urllib.request
import uuid


def handler(event, context):
    started = time.time()
    span = {
        "traceId": uuid.uuid4().hex,
        "spanId": uuid.uuid4().hex[:16],
        "name": context.function_name,
        "kind": "SPAN_KIND_SERVER",
        "startTimeUnixNano": str(int(started * 1e9)),
        "endTimeUnixNano": str(time.time_ns()),
        "attributes": {"faas.execution": context.aws_request_id},
        "status": {},
    }
    library = {"instrumentationLibrary": {"name": "layer", "version": "1"}, "spans": [span]}
    told = {
        "function": {
            "functionName": context.function_name,
            "eventCustomRequestId": context.aws_request_id,
            "startTime": int(started * 1000),
            "endTime": int(time.time() * 1000),
            "error": False,
        },
        "traces": {"resourceSpans": [{"resource": {}, "instrumentationLibrarySpans": [library]}]},
    }
    packed = base64.b64encode(gzip.compress(json.dumps(told).encode())).decode()
    record = {"type": "function", "record": f"{time.time()}\t{context.aws_request_id}\t⚡.{packed}"}
    urllib.request.urlopen("http://localhost:2772", json.dumps([record]).encode()).close()
    return context.aws_request_id
