#pragma once
// Cuts what processes write into lines.

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace thimble::emulator {

// Puts the pieces of a line together; whole lines inside one piece are not copied. A line longer
// than Lambda's longest log event is cut there.
class LineSplitter final {
 public:
  static constexpr std::size_t kLongest = 256 * 1024;

  // Calls on_line(std::string_view) for each line that `bytes` completes, with its line feed.
  template <class OnLine>
  void feed(std::string_view bytes, OnLine on_line) {
    while (!bytes.empty()) {
      const std::size_t end = bytes.find('\n');
      const bool is_whole = end != std::string_view::npos;
      const std::size_t room = kLongest - rest_.size();
      const std::size_t size = std::min(is_whole ? end + 1 : bytes.size(), room);
      const std::string_view piece = bytes.substr(0, size);
      bytes.remove_prefix(size);
      const bool is_cut = size == room;
      if (piece.back() != '\n' && !is_cut) {
        rest_ += piece;
      } else if (rest_.empty()) {
        on_line(piece);
      } else {
        rest_ += piece;
        on_line(std::string_view(rest_));
        rest_.clear();
      }
    }
  }

  // Calls on_line with what has been written after the last line feed.
  template <class OnLine>
  void finish(OnLine on_line) {
    if (rest_.empty()) return;
    on_line(std::string_view(rest_));
    rest_.clear();
  }

 private:
  std::string rest_;
};

}  // namespace thimble::emulator
