#include "record_schema.h"

#include "thimble/base/parse_number.h"
#include "thimble/wire/error_types.h"

#include "logs_schema.h"
#include "telemetry_schema.h"

namespace thimble::emulator {

std::unique_ptr<RecordSchema> RecordSchema::create(const SchemaOptions& options) {
  if (options.version >= SchemaVersion::kTelemetry20220701) {
    return std::make_unique<TelemetrySchema>(options);
  }
  return std::make_unique<LogsSchema>(options);
}

void RecordSchema::write(const Dropped& dropped, WallTime time, RecordSink& sink) {
  emit(sink, time, "platform.logsDropped", [&](json::Writer& writer) {
    writer.begin_object()
        .key("droppedBytes")
        .integer(dropped.bytes)
        .key("droppedRecords")
        .integer(dropped.records)
        .key("reason")
        .string("The subscriber takes records more slowly than they are made, or not at all.")
        .end_object();
  });
}

void RecordSchema::emit_extension(const ExtensionStateChanged& event, WallTime time,
                                  RecordSink& sink) {
  emit(sink, time, "platform.extension", [&](json::Writer& writer) {
    writer.begin_object().key("name").string(event.name).key("state").string(event.state);
    writer.key("events").begin_array();
    for (const std::string_view name : event.events) writer.string(name);
    writer.end_array();
    if (!event.error_type.empty()) writer.key("errorType").string(event.error_type);
    writer.end_object();
  });
}

void RecordSchema::emit_subscribed(const Subscribed& subscribed, std::string_view type,
                                   WallTime time, RecordSink& sink) {
  emit(sink, time, type, [&](json::Writer& writer) {
    writer.begin_object().key("name").string(subscribed.name);
    writer.key("state").string("Subscribed").key("types").begin_array();
    for (const RecordType wanted : subscribed.types) writer.string(name_of(wanted));
    writer.end_array().end_object();
  });
}

std::string record_milliseconds(Nanoseconds duration) {
  // By hand: the library's way to write a double is 100 KB of tables.
  const auto micros = std::chrono::round<std::chrono::microseconds>(duration).count();
  std::string text = std::to_string(micros / 1000);
  char fraction[] = {'.', static_cast<char>('0' + micros / 100 % 10),
                     static_cast<char>('0' + micros / 10 % 10),
                     static_cast<char>('0' + micros % 10)};
  std::size_t length = sizeof fraction;
  while (length > 1 && fraction[length - 1] == '0') --length;
  if (length > 1) text.append(fraction, length);
  return text;
}

std::string_view record_status(std::string_view error_type) {
  if (error_type.empty()) return "success";
  return error_type == wire::kTimedOut ? "timeout" : "error";
}

void write_report_metrics(json::Writer& writer, const InvokeReported& event) {
  const std::size_t used_mb = (event.max_memory_used_bytes + (1 << 20) - 1) >> 20;
  writer.begin_object().key("durationMs").raw(record_milliseconds(event.duration));
  writer.key("billedDurationMs").integer(event.billed_duration().count());
  writer.key("memorySizeMB").integer(parse_number<unsigned>(event.memory_size_mb).value_or(0));
  writer.key("maxMemoryUsedMB").integer(used_mb);
  if (event.init_duration) {
    writer.key("initDurationMs").raw(record_milliseconds(*event.init_duration));
  }
  if (event.restore_duration) {
    writer.key("restoreDurationMs").raw(record_milliseconds(*event.restore_duration));
    writer.key("billedRestoreDurationMs").integer(event.billed_restore_duration().count());
  }
  writer.end_object();
}

}  // namespace thimble::emulator
