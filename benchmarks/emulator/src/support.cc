#include "support.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>

namespace thimble::bench {

void die(const char* format, ...) {
  std::fprintf(stderr, "%s: ", program_invocation_short_name);
  va_list arguments;
  va_start(arguments, format);
  std::vfprintf(stderr, format, arguments);
  va_end(arguments);
  std::fputc('\n', stderr);
  std::exit(2);
}

std::int64_t now_ns() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

void sleep_us(std::int64_t microseconds) {
  timespec left{microseconds / 1'000'000, microseconds % 1'000'000 * 1000};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

Fd& Fd::operator=(Fd&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Fd::~Fd() {
  if (fd_ >= 0) close(fd_);
}

double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
  const std::size_t index = std::clamp<std::size_t>(rank, 1, values.size()) - 1;
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(index),
                   values.end());
  return values[index];
}

Spread spread_of(const std::vector<double>& values) {
  return {percentile(values, 0), percentile(values, 0.25), percentile(values, 0.5),
          percentile(values, 0.75), percentile(values, 1)};
}

std::string make_scratch_folder() {
  static std::string folder;  // for the exit handler, which takes no argument
  folder = std::filesystem::temp_directory_path() / "thimble-bench-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr)
    die("no folder '%s': %s", folder.c_str(), std::strerror(errno));
  std::atexit([] {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  });
  return folder + "/";
}

std::uint64_t parse_count(const char* flag, const char* text, std::uint64_t low,
                          std::uint64_t high) {
  char* end = nullptr;
  errno = 0;
  const unsigned long long value = std::strtoull(text, &end, 10);
  if (errno != 0 || end == text || *end != '\0' || value < low || value > high) {
    die("%s '%s' is not a number in %llu..%llu", flag, text, static_cast<unsigned long long>(low),
        static_cast<unsigned long long>(high));
  }
  return value;
}

}  // namespace thimble::bench
