"""A Lambda extension that shows what the Telemetry API tells in OpenTelemetry."""
