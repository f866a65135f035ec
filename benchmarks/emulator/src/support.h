#pragma once
// What every program here needs: the clock, descriptors, ends with a message, order statistics.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace thimble::bench {

// Prints `program: message` and exits with code 2. Children die with us (see Subject).
[[noreturn, gnu::format(printf, 1, 2)]] void die(const char* format, ...);

// CLOCK_MONOTONIC in nanoseconds.
std::int64_t now_ns();

void sleep_us(std::int64_t microseconds);

// Owns one descriptor and closes it.
class Fd final {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept;
  ~Fd();

  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// The value below which `share` (0..1) of `values` lie, nearest rank; 0 for none.
double percentile(std::vector<double> values, double share);

inline double median(const std::vector<double>& values) {
  return percentile(values, 0.5);
}

// The middle and the ends of a set of values.
struct Spread {
  double best = 0;
  double low = 0;   // first quartile
  double mid = 0;   // median
  double high = 0;  // third quartile
  double worst = 0;
};
Spread spread_of(const std::vector<double>& values);

// Makes a folder of our own under $TMPDIR and returns its path with a final slash. It is removed
// when the program exits, also by die(). Once per program.
std::string make_scratch_folder();

// An unsigned number from the command line within [low, high]; dies naming `flag` otherwise.
std::uint64_t parse_count(const char* flag, const char* text, std::uint64_t low,
                          std::uint64_t high);

}  // namespace thimble::bench
