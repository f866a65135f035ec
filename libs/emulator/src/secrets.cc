#include "thimble/emulator/secrets.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace thimble::emulator {
namespace {

constexpr std::size_t kShortest = 8;

bool is_called_a_secret(std::string_view name) {
  static constexpr std::array<std::string_view, 7> kWords = {"SECRET", "TOKEN",  "PASS",      "KEY",
                                                             "AUTH",   "COOKIE", "CREDENTIAL"};
  std::string upper(name);
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return std::ranges::any_of(
      kWords, [&](std::string_view word) { return upper.find(word) != std::string::npos; });
}

// Of scheme://user:password@host; empty if `value` is nothing like it.
std::string_view password_in(std::string_view value) {
  const std::size_t scheme = value.find("://");
  if (scheme == std::string_view::npos) return {};
  value.remove_prefix(scheme + 3);
  // A password may hold the characters that end an authority, though it should not.
  std::string_view authority = value.substr(0, value.find_first_of("/?#"));
  const std::size_t port = std::min(authority.find(':'), authority.size() - 1) + 1;
  const bool is_host = authority.find_first_not_of("0123456789", port) == std::string_view::npos;
  if (authority.find('@') == std::string_view::npos && !is_host) authority = value;
  const std::size_t at = authority.rfind('@');
  const std::size_t colon = value.find(':');
  if (at == std::string_view::npos || colon > at) return {};
  return value.substr(colon + 1, at - colon - 1);
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

}  // namespace

std::string without_secrets(std::string_view text, const Env& env) {
  const std::vector<std::string> entries = env.entries();
  std::vector<std::string_view> secrets;
  for (const std::string_view entry : entries) {
    const std::size_t equals = entry.find('=');
    std::string_view value = entry.substr(equals + 1);
    if (!is_called_a_secret(entry.substr(0, equals))) value = password_in(value);
    if (value.size() >= kShortest) secrets.push_back(value);
  }
  // One may be a part of another.
  std::ranges::sort(secrets, [](auto a, auto b) { return a.size() > b.size(); });
  std::string clean(text);
  for (const std::string_view secret : secrets) replace_all(clean, secret, "***");
  return clean;
}

}  // namespace thimble::emulator
