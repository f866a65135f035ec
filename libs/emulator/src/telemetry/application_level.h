#pragma once
// Levels of what functions log, for log-level filtering
// (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html).

#include <optional>
#include <string_view>

#include "thimble/emulator/options.h"

namespace thimble::emulator {

// TRACE, DEBUG, INFO, WARN, ERROR or FATAL, in any case; nothing for any other name.
[[nodiscard]] std::optional<LogLevel> application_level(std::string_view name);

// The level Lambda gives a line of a function's output: that of the member `level`, if the line is
// a JSON object whose timestamp is one of RFC 3339, else INFO.
[[nodiscard]] LogLevel level_of_line(std::string_view line);

}  // namespace thimble::emulator
