#include "durable_endpoint.h"

#include <string>

namespace thimble::emulator {

Result<http::Address> parse_durable_endpoint(std::string_view text) {
  constexpr std::string_view kScheme = "http://";
  const auto not_one = [text] {
    return fail(ErrorCode::kInvalid, "'" + std::string(text) + "' is not http://HOST:PORT");
  };
  if (!text.starts_with(kScheme)) return not_one();
  std::string_view rest = text.substr(kScheme.size());
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find_first_of("/?#@ \t\r\n") != std::string_view::npos) return not_one();
  auto address = http::parse_address(rest);
  if (!address || address->host.empty() || address->port == 0) return not_one();
  return address;
}

}  // namespace thimble::emulator
