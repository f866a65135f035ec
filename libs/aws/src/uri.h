#pragma once
// URLs taken apart and put together, as far as signatures and endpoints need it (RFC 3986).

#include <string>
#include <string_view>

#include <thimble/base/result.h>

namespace thimble::aws {

// The parts of an absolute http: or https: URL. All but the host point into its text.
struct Url {
  std::string_view scheme;  // "http" or "https"
  std::string host;         // In lower case, without user names, an IPv6 address in brackets.
  std::string_view port;    // Empty if it is not said or the scheme's own.
  std::string_view path;    // With its slash; may be empty.
  std::string_view query;   // Without its question mark.

  // "host" or "host:port", as in a Host header.
  [[nodiscard]] std::string authority() const;
};

[[nodiscard]] Result<Url> parse_url(std::string_view text);

// Percent-encodes all but letters, digits, "-._~" and what is in `also_plain`; in upper case.
[[nodiscard]] std::string percent_encode(std::string_view bytes, std::string_view also_plain = "");

// Undoes it; a '%' without two hexadecimal digits stays. A '+' is itself.
[[nodiscard]] std::string percent_decode(std::string_view text);

}  // namespace thimble::aws
