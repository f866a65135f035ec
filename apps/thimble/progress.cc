#include "progress.h"

#include <unistd.h>

#include <array>
#include <cstdio>

namespace thimble::cli {

Progress::Progress(const Context& context, bool quiet)
    : context_(context), quiet_(quiet), terminal_(::isatty(STDERR_FILENO) == 1) {}

void Progress::step(std::string name) {
  done();
  name_ = std::move(name);
  begin_ = Clock::now();
  if (quiet_ || !terminal_) return;
  const std::string line = "         " + name_ + " ...";
  (void)!::write(STDERR_FILENO, line.data(), line.size());
}

void Progress::done() {
  if (name_.empty()) return;
  const std::chrono::duration<double> took = Clock::now() - begin_;
  std::array<char, 32> seconds{};
  std::snprintf(seconds.data(), seconds.size(), "%6.2f s", took.count());
  if (!quiet_) {
    if (terminal_) (void)!::write(STDERR_FILENO, "\r\x1b[K", 4);
    context_.say(std::string(seconds.data()) + "  " + name_ +
                 (detail_.empty() ? "" : ": " + detail_));
  }
  name_.clear();
  detail_.clear();
}

void Progress::abandon() {
  if (!name_.empty() && !quiet_ && terminal_) (void)!::write(STDERR_FILENO, "\n", 1);
  name_.clear();
}

std::string human_size(std::uint64_t bytes) {
  constexpr std::array<const char*, 4> kUnits{"B", "KB", "MB", "GB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), unit > 0 && value < 9.95 ? "%.1f %s" : "%.0f %s", value,
                kUnits[unit]);
  return text.data();
}

}  // namespace thimble::cli
