#include "thimble/fetch/url.h"

#include <algorithm>
#include <memory>
#include <optional>

#include <curl/curl.h>

#include <thimble/base/parse_number.h>

#include "header.h"

namespace thimble::fetch {
namespace {

constexpr std::size_t kLongest = std::size_t{16} << 10;

using Parsed = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

// Only what can be put on a request line as it is.
bool is_plain(std::string_view text) {
  return text.size() <= kLongest &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

// What of a URL may be in a message: no password.
std::string shown(std::string_view text) {
  std::string out(text.substr(0, 200));
  const std::size_t authority = out.find("://");
  if (authority != std::string::npos) {
    const std::size_t end = std::min(out.find_first_of("/?#", authority + 3), out.size());
    const std::size_t at = out.rfind('@', end);
    if (at != std::string::npos && at > authority)
      out.replace(authority + 3, at - authority - 3, "***");
  }
  for (char& c : out) {
    if (c < ' ' || c >= '\x7f') c = '?';
  }
  return out;
}

std::optional<std::string> part(CURLU* url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, flags) != CURLUE_OK) return std::nullopt;
  std::string copy = text;
  curl_free(text);
  return copy;
}

Result<Url> take_apart(CURLU* parsed, std::string_view text) {
  Url url;
  curl_url_set(parsed, CURLUPART_FRAGMENT, nullptr, 0);
  const auto port = part(parsed, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  const auto number = parse_number<std::uint16_t>(port.value_or(""));
  url.text = part(parsed, CURLUPART_URL).value_or("");
  url.scheme = part(parsed, CURLUPART_SCHEME).value_or("");
  url.host = part(parsed, CURLUPART_HOST).value_or("");
  url.path = part(parsed, CURLUPART_PATH).value_or("/");
  url.query = part(parsed, CURLUPART_QUERY).value_or("");
  std::ranges::transform(url.host, url.host.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (!number || *number == 0 || url.host.empty() || !is_plain(url.host) || !is_plain(url.text)) {
    return fail(ErrorCode::kInvalid, "'" + shown(text) + "' is not a URL");
  }
  if (url.scheme != "https" && url.scheme != "http") {
    return fail(ErrorCode::kInvalid, "'" + shown(text) + "' is neither https: nor http:");
  }
  url.port = *number;
  return url;
}

constexpr unsigned kFlags = CURLU_DISALLOW_USER | CURLU_PATH_AS_IS;

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  const Parsed parsed(curl_url(), curl_url_cleanup);
  if (!is_plain(text) || text.find("://") == std::string_view::npos ||
      curl_url_set(parsed.get(), CURLUPART_URL, std::string(text).c_str(), kFlags) != CURLUE_OK) {
    return fail(ErrorCode::kInvalid, "'" + shown(text) + "' is not a URL");
  }
  return take_apart(parsed.get(), text);
}

Result<Url> Url::resolve(std::string_view location) const {
  const Parsed parsed(curl_url(), curl_url_cleanup);
  if (location.empty() || !is_plain(location) ||
      curl_url_set(parsed.get(), CURLUPART_URL, text.c_str(), kFlags) != CURLUE_OK ||
      curl_url_set(parsed.get(), CURLUPART_URL, std::string(location).c_str(), kFlags) !=
          CURLUE_OK) {
    return fail(ErrorCode::kInvalid, "'" + shown(location) + "' is not a URL");
  }
  return take_apart(parsed.get(), location);
}

bool Url::leads_to_one_of(const std::vector<std::string>& hosts) const {
  return std::ranges::any_of(hosts, [this](const std::string& allowed) {
    return same_name(allowed, host) || same_name(allowed, authority());
  });
}

bool Url::is_loopback() const {
  if (host == "localhost" || host == "[::1]") return true;
  std::string_view rest = host;
  int numbers = 0;
  for (bool more = true; more; ++numbers) {
    const std::size_t dot = rest.find('.');
    more = dot != std::string_view::npos;
    const auto number = parse_number<std::uint8_t>(rest.substr(0, dot));
    if (!number || (numbers == 0 && *number != 127)) return false;
    if (more) rest.remove_prefix(dot + 1);
  }
  return numbers == 4;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                            (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

}  // namespace thimble::fetch
