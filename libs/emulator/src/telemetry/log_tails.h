#pragma once
// The end of the log of those invocations whose callers asked for it with X-Amz-Log-Type: Tail.

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "platform_event.h"

namespace thimble::emulator {

// Keeps the last 4 KiB of what the log has of them. What the runtime writes while an invocation
// waits for its start belongs to that one. Costs nothing while no tail is kept.
//
// As a sink it keeps START, the function's output, END and REPORT, as the text log has them.
// Another log appends what it writes itself.
class LogTails final : public EventSink {
 public:
  static constexpr std::size_t kBytes = 4096;

  // From now on, until take().
  void keep(std::string_view request_id) { tails_.emplace(request_id, std::string()); }
  // Empty if nothing was written, or nothing was kept.
  [[nodiscard]] std::string take(std::string_view request_id);

  void on_event(const PlatformEvent& event) override;

  // Nothing happens if no tail of that invocation is kept.
  void append(std::string_view request_id, std::string_view bytes);
  // Begins a line if none has just begun.
  void append_line(std::string_view request_id, std::string_view line);

 private:
  // Null if it is not kept.
  [[nodiscard]] std::string* find(std::string_view request_id);

  std::map<std::string, std::string, std::less<>> tails_;  // by request id
};

}  // namespace thimble::emulator
