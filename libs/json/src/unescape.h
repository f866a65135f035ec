#pragma once
// The escapes of a JSON string: how long one is, and what a whole string of them says.

#include <cstddef>
#include <string_view>

#include <thimble/json/reader.h>

namespace thimble::json::detail {

struct Escape {
  std::ptrdiff_t length;  // 0 if it is not one; a surrogate pair is one escape of 12.
  bool lone_surrogate;
};

// The escape at `at`, a backslash that is not the last byte before `end`.
[[nodiscard]] Escape measure_escape(const char* at, const char* end);

// Writes to `out` what `from` says, the inside of a string whose escapes were measured, and returns
// how many bytes that took: never more than `from` has.
std::size_t unescape(std::string_view from, char* out, LoneSurrogates lone);

}  // namespace thimble::json::detail
