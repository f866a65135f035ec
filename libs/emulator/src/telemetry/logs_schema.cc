#include "logs_schema.h"

namespace thimble::emulator {

void LogsSchema::emit_runtime_done(std::string_view request_id, std::string_view status,
                                   WallTime time, RecordSink& sink) {
  if (options_.version < SchemaVersion::kLogs20210318) return;
  emit(sink, time, "platform.runtimeDone", [&](json::Writer& writer) {
    writer.begin_object().key("requestId").string(request_id);
    writer.key("status").string(status).end_object();
  });
}

void LogsSchema::emit_fault(const InvokeFailed& event, WallTime time, RecordSink& sink) {
  const std::string_view status = record_status(event.error_type);
  std::string text("RequestId: ");
  text.append(event.request_id).append(" Status: ").append(status);
  if (status == "error") text.append("\tErrorType: ").append(event.error_type);
  emit(sink, time, "platform.fault", [&](json::Writer& writer) { writer.string(text); });
}

void LogsSchema::write(const PlatformEvent& event, WallTime time, RecordSink& sink) {
  if (const auto* started = std::get_if<InvokeStarted>(&event)) {
    emit(sink, time, "platform.start", [&](json::Writer& writer) {
      writer.begin_object().key("requestId").string(started->request_id);
      writer.key("version").string(started->version).end_object();
    });
  } else if (const auto* done = std::get_if<InvokeRuntimeDone>(&event)) {
    emit_runtime_done(done->request_id, done->error_type.empty() ? "success" : "failure", time,
                      sink);
  } else if (const auto* failed = std::get_if<InvokeFailed>(&event)) {
    emit_fault(*failed, time, sink);
    emit_runtime_done(failed->request_id, failed->is_timeout ? "timeout" : "failure", time, sink);
  } else if (const auto* reported = std::get_if<InvokeReported>(&event)) {
    emit(sink, time, "platform.end", [&](json::Writer& writer) {
      writer.begin_object().key("requestId").string(reported->request_id).end_object();
    });
    emit(sink, time, "platform.report", [&](json::Writer& writer) {
      writer.begin_object().key("requestId").string(reported->request_id).key("metrics");
      write_report_metrics(writer, *reported);
      writer.end_object();
    });
  } else if (const auto* extension = std::get_if<ExtensionStateChanged>(&event)) {
    emit_extension(*extension, time, sink);
  }
}

// Lines keep their line feed here, as in the documented examples.
void LogsSchema::write(const LogLine& line, WallTime time, RecordSink& sink) {
  emit(sink, time, name_of(line.type), [&](json::Writer& writer) { writer.string(line.text); });
}

void LogsSchema::write(const Subscribed& subscribed, WallTime time, RecordSink& sink) {
  if (subscribed.api == SubscriptionApi::kLogs) {
    emit_subscribed(subscribed, "platform.logsSubscription", time, sink);
  }
}

}  // namespace thimble::emulator
