#pragma once
// What records look like: one schema for each version of the Telemetry API and the Logs API.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "thimble/json/writer.h"

#include "platform_event.h"
#include "record_time.h"
#include "subscription.h"

namespace thimble::emulator {

// A line that the function or an extension wrote, with its line feed if it had one.
struct LogLine {
  RecordType type;
  std::string_view text;
};

// Takes records, each a JSON object of its own.
class RecordSink {
 public:
  virtual ~RecordSink() = default;
  virtual void on_record(std::string_view record) = 0;
};

// What every schema may need beside the events.
struct SchemaOptions {
  SchemaVersion version;
  std::string_view initialization_type = "on-demand";  // outlives the schema
  std::string function_name;
  std::string function_version;
  std::string memory_size_mb;
  bool json_logs = false;  // the function's log format is JSON
};

// Makes records of events, each `{"time":...,"type":...,"record":...}`. An event may be none, one
// or several records of a schema.
class RecordSchema {
 public:
  // The one that subscription.schema names.
  [[nodiscard]] static std::unique_ptr<RecordSchema> create(const SchemaOptions& options);

  explicit RecordSchema(const SchemaOptions& options) : options_(options) {}
  RecordSchema(const RecordSchema&) = delete;
  RecordSchema& operator=(const RecordSchema&) = delete;
  virtual ~RecordSchema() = default;

  virtual void write(const PlatformEvent& event, WallTime time, RecordSink& sink) = 0;
  virtual void write(const LogLine& line, WallTime time, RecordSink& sink) = 0;
  virtual void write(const Subscribed& subscribed, WallTime time, RecordSink& sink) = 0;
  void write(const Dropped& dropped, WallTime time, RecordSink& sink);

 protected:
  // Writes the envelope; `write_value(json::Writer&)` writes the record itself. The envelope is
  // text of ours, which nothing needs to look through.
  template <class WriteValue>
  void emit(RecordSink& sink, WallTime time, std::string_view type, WriteValue write_value) {
    text_.assign(R"({"time":")").append(time_.text(time));
    text_.append(R"(","type":")").append(type).append(R"(","record":)");
    json::Writer writer(text_);
    write_value(writer);
    text_ += '}';
    sink.on_record(text_);
  }

  void emit_extension(const ExtensionStateChanged& event, WallTime time, RecordSink& sink);
  void emit_subscribed(const Subscribed& subscribed, std::string_view type, WallTime time,
                       RecordSink& sink);

  const SchemaOptions options_;

 private:
  RecordTime time_;
  std::string text_;  // reused for every record
};

// A duration in milliseconds with the three digits that mean something.
[[nodiscard]] std::string record_milliseconds(Nanoseconds duration);

// success, error or timeout; an empty error type is a success.
[[nodiscard]] std::string_view record_status(std::string_view error_type);

// The `metrics` member of platform.report.
void write_report_metrics(json::Writer& writer, const InvokeReported& event);

}  // namespace thimble::emulator
