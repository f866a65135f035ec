#pragma once
// Times as records carry them.

#include <string_view>

#include "thimble/base/clock.h"

namespace thimble::emulator {

// Writes times of RFC 3339 in UTC, with milliseconds: "2022-10-12T00:00:15.064Z". Remembers the
// last second, since most times are close to each other.
class RecordTime final {
 public:
  // Valid until the next call.
  [[nodiscard]] std::string_view text(WallTime time);

 private:
  long second_ = -1;
  char text_[32] = {};
};

}  // namespace thimble::emulator
