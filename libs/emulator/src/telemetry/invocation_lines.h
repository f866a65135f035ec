#pragma once
// The lines about one invocation that stand in the function's log, as every text of it has them.

#include <string>
#include <string_view>

#include "platform_event.h"

namespace thimble::emulator {

// START, and END with REPORT, appended with their line ends.
void append_start_line(std::string& out, const InvokeStarted& event);
void append_end_lines(std::string& out, const InvokeReported& event);

// What came from outside may not add lines to a log or talk to a terminal: every control character
// becomes a space.
void append_clean(std::string& out, std::string_view text);

}  // namespace thimble::emulator
