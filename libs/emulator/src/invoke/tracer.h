#pragma once
// Which trace an invocation belongs to, and which part of it it is.

#include <string>
#include <string_view>

#include "thimble/base/clock.h"
#include "thimble/base/random_id.h"

#include "invocation.h"

namespace thimble::emulator {

// Makes trace headers. Without a daemon there is nobody to send segments to, so nothing is sampled
// unless the caller says so, and headers are only passed on.
class Tracer final {
 public:
  // References outlive it.
  Tracer(RandomIds& ids, const Clock& clock) : ids_(ids), clock_(clock) {}

  // There is a daemon.
  void record() { is_recording_ = true; }

  // What the caller's header, or none, becomes.
  [[nodiscard]] std::string complete(std::string_view given);

  // Before every attempt to run an invocation that has a header of complete(): what is recorded
  // gets a segment of its own, which the runtime is told as the parent of what it does.
  void begin(Invocation& invocation);

 private:
  RandomIds& ids_;
  const Clock& clock_;
  bool is_recording_ = false;
};

}  // namespace thimble::emulator
