#pragma once
// What the fuzz targets share.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace thimble::fuzz {

// Ends the program, which is what a fuzz target has found something by.
inline void check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

// An input of a target that has several subjects: its first byte, a letter in the corpus, says
// which, the rest is for it.
struct Input {
  char subject;
  std::string_view bytes;
};
inline Input input_of(const std::uint8_t* data, std::size_t size) {
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  return all.empty() ? Input{'\0', all} : Input{all[0], all.substr(1)};
}

// What stands before the first line feed, and after it.
inline std::pair<std::string_view, std::string_view> split_line(std::string_view bytes) {
  const std::size_t end = bytes.find('\n');
  if (end == std::string_view::npos) return {bytes, {}};
  return {bytes.substr(0, end), bytes.substr(end + 1)};
}

}  // namespace thimble::fuzz
