#pragma once
// Times as AWS writes them.

#include <optional>
#include <string>
#include <string_view>

#include <thimble/base/clock.h>

namespace thimble::aws {

// "20150830T123600Z": the basic format of ISO 8601, in UTC.
[[nodiscard]] std::string basic_time(WallTime time);

// Reads the extended format in the variants that occur: "2015-08-30T12:36:00Z", with a fraction,
// and with "UTC", "+01:00" or "+0100" for the Z. Nothing if it is none of them.
[[nodiscard]] std::optional<WallTime> parse_time(std::string_view text);

// Reads the form of HTTP's Date header, "Sun, 30 Aug 2015 12:36:00 GMT".
[[nodiscard]] std::optional<WallTime> parse_http_date(std::string_view text);

}  // namespace thimble::aws
