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

// Writes what happens in one environment as records of the Telemetry API's latest schema, one on
// each line, to `out` and to the tails. What the processes print is passed on byte for byte; but
// with an application level the function's lines below it are left out, and others may share `out`:
// then a line is written when it has ended.
class JsonLog final : public EventSink, private RecordSink {
 public:
  struct Options {
    const Clock& clock;
    LogLevel system_level;                      // kDebug, kInfo or kWarning
    std::optional<LogLevel> application_level;  // none: all of the output
    SchemaOptions schema;                       // its version does not count
    bool shares_out = false;                    // with the logs of other environments
  };

  JsonLog(const Options& options, Output& out, LogTails& tails);

  void on_event(const PlatformEvent& event) override;

 private:
  // The levels of an event's records, in the order in which the schema writes them.
  using Levels = std::array<LogLevel, 2>;
  [[nodiscard]] Levels levels_of(const PlatformEvent& event) const;

  void on_record(std::string_view record) override;
  void write(const FunctionOutput& output);
  void write(const ExtensionOutput& output);
  void write_output(std::string_view request_id, std::string_view bytes);
  void write_line(std::string_view request_id, std::string_view line);
  // Writes what was printed after the last line feed.
  void finish_lines(std::string_view request_id);
  void finish_lines_of_extension(std::string_view name);

  const Options options_;
  Output& out_;
  LogTails& tails_;
  TelemetrySchema schema_;

  Levels levels_{};               // of the event that is being written
  std::size_t record_count_ = 0;  // of it
  std::string_view request_id_;   // it belongs to

  // Lines that have not ended, if only whole ones are written.
  using LinesByWriter = std::map<std::string, LineSplitter, std::less<>>;
  static LineSplitter& lines_of(LinesByWriter& lines, std::string_view writer);
  LinesByWriter lines_;            // the function's, by the invocation that prints them
  LinesByWriter extension_lines_;  // by the extension's name
};

}  // namespace thimble::emulator
