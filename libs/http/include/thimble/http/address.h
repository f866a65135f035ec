#pragma once
// Where a server listens: "host:port" as people write it.

#include <cstdint>
#include <string>
#include <string_view>

#include "thimble/base/result.h"

namespace thimble::http {

// A host (name, IPv4 or IPv6 address; empty means every address of the machine) and a port (0 lets
// the system choose).
struct Address {
  std::string host;
  std::uint16_t port = 0;

  // "127.0.0.1:8080", with brackets around an IPv6 host.
  [[nodiscard]] std::string text() const;
};

// Reads "host:port", ":port" or "[ipv6]:port".
[[nodiscard]] Result<Address> parse_address(std::string_view text);

}  // namespace thimble::http
