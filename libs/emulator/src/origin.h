#pragma once
// Which web pages may talk to the emulator.

#include <string>
#include <string_view>
#include <vector>

#include "thimble/http/request.h"

namespace thimble::emulator {

// A page anywhere on the web can make its visitor's browser send requests to localhost. Browsers
// say who asks: in Origin, or in Sec-Fetch-Site where they send no Origin. Host is no help, since a
// rebound DNS name controls it.
class OriginPolicy final {
 public:
  // `allowed` are origins beyond loopback ones, or "*".
  explicit OriginPolicy(std::vector<std::string> allowed) : allowed_(std::move(allowed)) {}

  // The request was made by a page that may not. Programs, which send neither header, always may.
  [[nodiscard]] bool is_foreign(const http::Request& request) const;

 private:
  [[nodiscard]] bool is_allowed(std::string_view origin) const;

  std::vector<std::string> allowed_;
};

// Whether the host of an origin such as "http://localhost:3000" is this machine itself.
[[nodiscard]] bool is_loopback_origin(std::string_view origin);

}  // namespace thimble::emulator
