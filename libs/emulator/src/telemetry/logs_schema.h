#pragma once
// Records of the Logs API (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-logs-api.html).

#include "record_schema.h"

namespace thimble::emulator {

// The schemas 2020-08-15 and 2021-03-18, which adds platform.runtimeDone.
class LogsSchema final : public RecordSchema {
 public:
  using RecordSchema::RecordSchema;
  using RecordSchema::write;

  void write(const PlatformEvent& event, WallTime time, RecordSink& sink) override;
  void write(const LogLine& line, WallTime time, RecordSink& sink) override;
  void write(const Subscribed& subscribed, WallTime time, RecordSink& sink) override;

 private:
  void emit_runtime_done(std::string_view request_id, std::string_view status, WallTime time,
                         RecordSink& sink);
  void emit_fault(const InvokeFailed& event, WallTime time, RecordSink& sink);
};

}  // namespace thimble::emulator
