#pragma once
// When an invocation ends, out of what Lambda says.

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace thimble::ric {

// `milliseconds` since 1970, as far as the clock can tell: in C++'s libraries its nanoseconds end
// in the year 2262.
inline std::chrono::system_clock::time_point deadline_of(std::int64_t milliseconds) {
  constexpr std::int64_t kLast = 9'000'000'000'000;
  return std::chrono::system_clock::time_point(
      std::chrono::milliseconds(std::clamp<std::int64_t>(milliseconds, 0, kLast)));
}

}  // namespace thimble::ric
