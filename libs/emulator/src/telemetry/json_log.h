#pragma once
// The function's log as Lambda writes it in JSON format
// (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html).

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "thimble/emulator/options.h"

#include "line_splitter.h"
#include "log_tails.h"
#include "output.h"
#include "platform_event.h"
#include "telemetry_schema.h"

namespace thimble::emulator {

// Writes what happens as records of the Telemetry API's latest schema, one on each line, to `out`
// and to the tails. What the processes print is passed on byte for byte; only with an application
// level the function's lines below it are left out, and then a line is written when it has ended.
class JsonLog final : public EventSink, private RecordSink {
 public:
  struct Options {
    const Clock& clock;
    LogLevel system_level;                      // kDebug, kInfo or kWarning
    std::optional<LogLevel> application_level;  // none: all of the output
    SchemaOptions schema;                       // its version does not count
  };

  JsonLog(const Options& options, Output& out, LogTails& tails);

  void on_event(const PlatformEvent& event) override;

 private:
  // The levels of an event's records, in the order in which the schema writes them.
  using Levels = std::array<LogLevel, 2>;
  [[nodiscard]] Levels levels_of(const PlatformEvent& event) const;

  void on_record(std::string_view record) override;
  void write_output(std::string_view request_id, std::string_view bytes);
  void filter(const FunctionOutput& output);
  void write_line(std::string_view request_id, std::string_view line);
  // Writes what was printed after the last line feed.
  void finish_lines(std::string_view request_id);

  const Options options_;
  Output& out_;
  LogTails& tails_;
  TelemetrySchema schema_;
  bool is_at_line_start_ = true;

  Levels levels_{};               // of the event that is being written
  std::size_t record_count_ = 0;  // of it
  std::string_view request_id_;   // it belongs to

  // Lines that have not ended, by the invocation that prints them; empty unless lines are left out.
  std::map<std::string, LineSplitter, std::less<>> lines_;
};

}  // namespace thimble::emulator
