#pragma once
// Where the Runtime API listens, and how to get there.

#include <string>
#include <string_view>

#include <thimble/base/fd.h>
#include <thimble/base/result.h>

namespace thimble::ric {

// "host:port" of AWS_LAMBDA_RUNTIME_API, taken apart. The host is a name or an IPv4 address, or an
// IPv6 address in brackets.
struct Endpoint {
  std::string host;
  std::string port;
  std::string text;  // as it was written, for the Host header

  [[nodiscard]] static Result<Endpoint> parse(std::string_view text);
};

// A blocking connection. A write that makes no progress for a second returns, so that a peer that
// refuses what it does not read can be heard.
[[nodiscard]] Result<Fd> connect_to(const Endpoint& endpoint);

}  // namespace thimble::ric
