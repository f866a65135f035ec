#pragma once
// The function's log as people know it: START, END and REPORT lines and what the processes print,
// on stdout.

#include <string>

#include "output.h"
#include "platform_event.h"

namespace thimble::emulator {

// Passes output on byte for byte.
class TextLog final : public EventSink {
 public:
  explicit TextLog(Output& out) : out_(out) {}

  void on_event(const PlatformEvent& event) override;

 private:
  Output& out_;
  std::string text_;  // reused for every line
};

}  // namespace thimble::emulator
