#include "telemetry_schema.h"

#include "thimble/base/parse_number.h"
#include "thimble/json/query.h"

#include "trace_header.h"

namespace thimble::emulator {
namespace {

std::string_view phase(bool is_during_invoke) {
  return is_during_invoke ? "invoke" : "init";
}

// Only what is sampled has a trace to speak of.
void write_tracing(json::Writer& writer, std::string_view trace) {
  if (trace_member(trace, "Root").empty() || !is_sampled(trace)) return;
  writer.key("tracing").begin_object();
  const std::string_view parent = trace_member(trace, "Parent");
  if (!parent.empty()) writer.key("spanId").string(parent);
  writer.key("type").string("X-Amzn-Trace-Id").key("value").string(trace).end_object();
}

void write_status(json::Writer& writer, std::string_view error_type) {
  const std::string_view status = record_status(error_type);
  writer.key("status").string(status);
  if (status == "error") writer.key("errorType").string(error_type);
}

// `text` is used for it. Names and times need no escapes.
void write_span(json::Writer& writer, std::string& text, std::string_view name,
                std::string_view start, Nanoseconds duration) {
  text.assign(R"({"name":")").append(name).append(R"(","start":")").append(start);
  text.append(R"(","durationMs":)").append(record_milliseconds(duration)) += '}';
  writer.raw(text);
}

void write_spans(json::Writer& writer, const InvokeRuntimeDone& event, RecordTime& times) {
  const auto at = [&times, &event](Nanoseconds after) {
    return times.text(event.started + std::chrono::duration_cast<WallTime::duration>(after));
  };
  const Nanoseconds responded = event.response_latency + event.response_duration;
  std::string text;
  writer.key("spans").begin_array();
  write_span(writer, text, "responseLatency", at(Nanoseconds(0)), event.response_latency);
  write_span(writer, text, "responseDuration", at(event.response_latency), event.response_duration);
  write_span(writer, text, "runtimeOverhead", at(responded), event.duration - responded);
  writer.end_array();
}

// Lambda's word for what goes wrong in a restore is failure
// (https://docs.aws.amazon.com/lambda/latest/dg/snapstart-monitoring.html).
void write_restore_status(json::Writer& writer, std::string_view error_type) {
  const std::string_view status = record_status(error_type);
  writer.key("status").string(status == "error" ? "failure" : status);
  if (status == "error") writer.key("errorType").string(error_type);
}

bool is_json_object(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  return first != std::string_view::npos && text[first] == '{' && json::valid(text);
}

}  // namespace

// Which function, and since 2025-01-29 in which instance.
void TelemetrySchema::write_function(json::Writer& writer) const {
  if (options_.version >= SchemaVersion::kTelemetry20221213) {
    writer.key("functionName").string(options_.function_name);
    writer.key("functionVersion").string(options_.function_version);
  }
  const auto memory = parse_number<unsigned>(options_.memory_size_mb);
  if (options_.version >= SchemaVersion::kTelemetry20250129 && memory) {
    writer.key("instanceMaxMemory").integer(*memory);
  }
}

void TelemetrySchema::write(const PlatformEvent& event, WallTime time, RecordSink& sink) {
  if (const auto* started = std::get_if<InitStarted>(&event)) {
    emit(sink, time, "platform.initStart", [&](json::Writer& writer) {
      writer.begin_object().key("initializationType").string(options_.initialization_type);
      writer.key("phase").string(phase(started->is_during_invoke));
      write_function(writer);
      writer.end_object();
    });
  } else if (std::holds_alternative<RestoreStarted>(event)) {
    emit(sink, time, "platform.restoreStart", [&](json::Writer& writer) {
      writer.begin_object();
      write_function(writer);
      writer.end_object();
    });
  } else if (const auto* restored = std::get_if<RestoreEnded>(&event)) {
    emit(sink, time, "platform.restoreRuntimeDone", [&](json::Writer& writer) {
      writer.begin_object();
      write_restore_status(writer, restored->error_type);
      writer.end_object();
    });
    emit(sink, time, "platform.restoreReport", [&](json::Writer& writer) {
      writer.begin_object();
      write_restore_status(writer, restored->error_type);
      writer.key("metrics").begin_object().key("durationMs");
      writer.raw(record_milliseconds(restored->duration)).end_object().end_object();
    });
  } else if (const auto* ready = std::get_if<InitRuntimeDone>(&event)) {
    emit(sink, time, "platform.initRuntimeDone", [&](json::Writer& writer) {
      writer.begin_object().key("initializationType").string(options_.initialization_type);
      writer.key("phase").string(phase(ready->is_during_invoke));
      write_status(writer, ready->error_type);
      writer.end_object();
    });
  } else if (const auto* ended = std::get_if<InitEnded>(&event)) {
    emit(sink, time, "platform.initReport", [&](json::Writer& writer) {
      writer.begin_object().key("initializationType").string(options_.initialization_type);
      writer.key("phase").string(phase(ended->is_during_invoke));
      write_status(writer, ended->error_type);
      writer.key("metrics").begin_object().key("durationMs");
      writer.raw(record_milliseconds(ended->duration)).end_object().end_object();
    });
  } else if (const auto* invoked = std::get_if<InvokeStarted>(&event)) {
    emit(sink, time, "platform.start", [&](json::Writer& writer) {
      writer.begin_object().key("requestId").string(invoked->request_id);
      writer.key("version").string(invoked->version);
      write_tracing(writer, invoked->trace_id);
      writer.end_object();
    });
  } else if (const auto* done = std::get_if<InvokeRuntimeDone>(&event)) {
    emit(sink, time, "platform.runtimeDone", [&](json::Writer& writer) {
      writer.begin_object().key("requestId").string(done->request_id);
      write_status(writer, done->error_type);
      write_tracing(writer, done->trace_id);
      write_spans(writer, *done, span_time_);
      writer.key("metrics").begin_object().key("durationMs");
      writer.raw(record_milliseconds(done->duration));
      writer.key("producedBytes").integer(done->produced_bytes).end_object().end_object();
    });
  } else if (const auto* failed = std::get_if<InvokeFailed>(&event)) {
    emit(sink, time, "platform.runtimeDone", [&](json::Writer& writer) {
      writer.begin_object().key("requestId").string(failed->request_id);
      write_status(writer, failed->error_type);
      write_tracing(writer, failed->trace_id);
      writer.key("metrics").begin_object().key("durationMs");
      writer.raw(record_milliseconds(failed->duration)).end_object().end_object();
    });
  } else if (const auto* reported = std::get_if<InvokeReported>(&event)) {
    emit(sink, time, "platform.report", [&](json::Writer& writer) {
      writer.begin_object().key("requestId").string(reported->request_id).key("metrics");
      write_report_metrics(writer, *reported);
      write_status(writer, reported->error_type);
      write_tracing(writer, reported->trace_id);
      writer.end_object();
    });
  } else if (const auto* extension = std::get_if<ExtensionStateChanged>(&event)) {
    emit_extension(*extension, time, sink);
  }
}

// The line feed is no part of the record, as in the documented examples and the public emulator.
void TelemetrySchema::write(const LogLine& line, WallTime time, RecordSink& sink) {
  std::string_view text = line.text;
  if (text.ends_with('\n')) text.remove_suffix(1);
  const bool is_object = options_.json_logs &&
                         options_.version >= SchemaVersion::kTelemetry20221213 &&
                         is_json_object(text);
  emit(sink, time, name_of(line.type), [&](json::Writer& writer) {
    if (is_object) {
      writer.raw(text);
    } else {
      writer.string(text);
    }
  });
}

void TelemetrySchema::write(const Subscribed& subscribed, WallTime time, RecordSink& sink) {
  if (subscribed.api == SubscriptionApi::kTelemetry) {
    emit_subscribed(subscribed, "platform.telemetrySubscription", time, sink);
  }
}

}  // namespace thimble::emulator
