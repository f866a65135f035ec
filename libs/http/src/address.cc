#include "thimble/http/address.h"

#include "thimble/base/parse_number.h"

namespace thimble::http {

std::string Address::text() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<Address> parse_address(std::string_view text) {
  const auto bad = [&](std::string_view why) {
    return fail(ErrorCode::kInvalid,
                "'" + std::string(text) + "' is not host:port (" + std::string(why) + ")");
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad("the port is missing");
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return bad("put brackets around an IPv6 address");
  }
  if (host.find_first_of("[]") != std::string_view::npos)
    return bad("brackets belong around an IPv6 address");
  const auto port = parse_number<unsigned>(text.substr(colon + 1));
  if (!port || *port > 65535)
    return bad("port '" + std::string(text.substr(colon + 1)) + "' is not in 0..65535");
  return Address{std::string(host), static_cast<std::uint16_t>(*port)};
}

}  // namespace thimble::http
