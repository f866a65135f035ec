#pragma once
// Records of the Telemetry API
// (https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html).

#include "record_schema.h"

namespace thimble::emulator {

// The schemas 2022-07-01, 2022-12-13 (JSON log lines are objects, the function's name) and
// 2025-01-29 (the instance).
class TelemetrySchema final : public RecordSchema {
 public:
  using RecordSchema::RecordSchema;
  using RecordSchema::write;

  void write(const PlatformEvent& event, WallTime time, RecordSink& sink) override;
  void write(const LogLine& line, WallTime time, RecordSink& sink) override;
  void write(const Subscribed& subscribed, WallTime time, RecordSink& sink) override;

 private:
  void write_function(json::Writer& writer) const;

  RecordTime span_time_;
};

}  // namespace thimble::emulator
