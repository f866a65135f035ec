#include "origin.h"

#include <algorithm>
#include <cstdint>

#include "thimble/base/parse_number.h"

namespace thimble::emulator {
namespace {

// 127.0.0.0/8 in the usual notation; others (127.1, 0x7f000001) never appear in an Origin, browsers
// normalize them.
bool is_loopback_ipv4(std::string_view host) {
  if (!host.starts_with("127.")) return false;
  int parts = 0;
  while (!host.empty()) {
    const std::size_t dot = host.find('.');
    const auto part = parse_number<unsigned>(host.substr(0, dot));
    if (!part || *part > 255) return false;
    ++parts;
    host = dot == std::string_view::npos ? std::string_view() : host.substr(dot + 1);
  }
  return parts == 4;
}

// What may stand in the name of a host. Whatever ends one in a URL (/ ? # @ and \) is no part of
// it.
bool is_host_name(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
           c == '_' || c == '.';
  });
}

// Nothing, or a port.
bool is_end_of_origin(std::string_view text) {
  return text.empty() || (text[0] == ':' && parse_number<std::uint16_t>(text.substr(1)));
}

}  // namespace

bool is_loopback_origin(std::string_view origin) {
  const std::size_t scheme = origin.find("://");
  if (scheme == std::string_view::npos) return false;  // "null" among them
  std::string_view host = origin.substr(scheme + 3);
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    return end != std::string_view::npos && host.substr(0, end + 1) == "[::1]" &&
           is_end_of_origin(host.substr(end + 1));
  }
  const std::size_t end = std::min(host.find(':'), host.size());
  if (!is_host_name(host.substr(0, end)) || !is_end_of_origin(host.substr(end))) return false;
  host = host.substr(0, end);
  constexpr std::string_view kLocal = ".localhost";
  return http::same_text_ignoring_case(host, "localhost") || is_loopback_ipv4(host) ||
         (host.size() > kLocal.size() &&
          http::same_text_ignoring_case(host.substr(host.size() - kLocal.size()), kLocal));
}

bool OriginPolicy::is_allowed(std::string_view origin) const {
  return is_loopback_origin(origin) ||
         std::ranges::any_of(allowed_, [&](const std::string& allowed) {
           return allowed == "*" || http::same_text_ignoring_case(allowed, origin);
         });
}

bool OriginPolicy::is_foreign(const http::Request& request) const {
  bool has_origin = false;
  for (const http::Header& header : request.headers) {
    if (!http::same_text_ignoring_case(header.name, "Origin")) continue;
    has_origin = true;
    if (!is_allowed(header.value)) return true;
  }
  // A page whose origin is allowed may well be on another site: http://localhost:3000 is not
  // http://127.0.0.1:8080.
  if (has_origin) return false;
  const auto site = request.header("Sec-Fetch-Site");
  return site && http::same_text_ignoring_case(*site, "cross-site");
}

}  // namespace thimble::emulator
