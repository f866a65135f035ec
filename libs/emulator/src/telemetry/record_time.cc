#include "record_time.h"

#include <cstddef>
#include <cstdio>
#include <ctime>

namespace thimble::emulator {

std::string_view RecordTime::text(WallTime time) {
  constexpr std::size_t kSize = std::string_view("2022-10-12T00:00:15.064Z").size();
  const auto now = std::chrono::duration_cast<Milliseconds>(time.time_since_epoch()).count();
  const long second = static_cast<long>(now / 1000);
  if (second != second_) {
    second_ = second;
    const std::time_t seconds = second;
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::snprintf(text_, sizeof text_, "%04d-%02d-%02dT%02d:%02d:%02d.000Z",
                  (parts.tm_year + 1900) % 10000, (parts.tm_mon + 1) % 100, parts.tm_mday % 100,
                  parts.tm_hour % 100, parts.tm_min % 100, parts.tm_sec % 100);
  }
  const int millis = static_cast<int>(now % 1000);
  text_[kSize - 4] = static_cast<char>('0' + millis / 100);
  text_[kSize - 3] = static_cast<char>('0' + millis / 10 % 10);
  text_[kSize - 2] = static_cast<char>('0' + millis % 10);
  return {text_, kSize};
}

}  // namespace thimble::emulator
