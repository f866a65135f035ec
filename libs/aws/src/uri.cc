#include "uri.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include <thimble/base/parse_number.h>

#include "text.h"

namespace thimble::aws {
namespace {

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// What separates the host from the port; nothing if there is no port.
std::optional<std::size_t> port_colon(std::string_view authority) {
  const std::size_t colon = authority.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  if (authority.find(']', colon) != std::string_view::npos) return std::nullopt;
  return colon;
}

}  // namespace

std::string Url::authority() const {
  return port.empty() ? host : host + ":" + std::string(port);
}

Result<Url> parse_url(std::string_view text) {
  const auto refuse = [&] {
    // Whatever is behind the path may be a secret.
    return fail(ErrorCode::kInvalid, "'" + std::string(text.substr(0, text.find_first_of("?#@"))) +
                                         "' is not an http: or https: URL");
  };
  Url url;
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return refuse();
  const std::string scheme = lower(text.substr(0, scheme_end));
  if (scheme == "https") {
    url.scheme = "https";
  } else if (scheme == "http") {
    url.scheme = "http";
  } else {
    return refuse();
  }
  std::string_view rest = text.substr(scheme_end + 3);
  rest = rest.substr(0, rest.find('#'));
  std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
  rest.remove_prefix(authority.size());
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    authority.remove_prefix(at + 1);
  }
  if (const auto colon = port_colon(authority)) {
    url.port = authority.substr(*colon + 1);
    authority = authority.substr(0, *colon);
    if (!url.port.empty() && !parse_number<std::uint16_t>(url.port)) return refuse();
    if (url.port == (scheme == "https" ? "443" : "80")) url.port = {};
  }
  if (authority.empty()) return refuse();
  url.host = lower(authority);
  url.path = rest.substr(0, rest.find('?'));
  if (url.path.size() < rest.size()) url.query = rest.substr(url.path.size() + 1);
  return url;
}

std::string percent_encode(std::string_view bytes, std::string_view also_plain) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  text.reserve(bytes.size());
  for (const char c : bytes) {
    if (is_plain(c) || also_plain.find(c) != std::string_view::npos) {
      text += c;
      continue;
    }
    const auto value = static_cast<unsigned char>(c);
    text += '%';
    text += kDigits[value >> 4U];
    text += kDigits[value & 15U];
  }
  return text;
}

std::string percent_decode(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 &&
        digit(text[i + 2]) >= 0) {
      bytes += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      bytes += text[i];
    }
  }
  return bytes;
}

}  // namespace thimble::aws
