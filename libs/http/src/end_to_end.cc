#include "thimble/http/end_to_end.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace thimble::http {
namespace {

constexpr auto kOfTheHop = std::to_array<std::string_view>({
    "Connection",
    "Content-Length",
    "Expect",
    "Keep-Alive",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Proxy-Connection",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
});

// Whether `name` is one of the words of a Connection header.
bool is_listed(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    std::string_view word = list.substr(0, comma);
    while (!word.empty() && (word.front() == ' ' || word.front() == '\t')) word.remove_prefix(1);
    while (!word.empty() && (word.back() == ' ' || word.back() == '\t')) word.remove_suffix(1);
    if (same_text_ignoring_case(word, name)) return true;
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
  }
  return false;
}

}  // namespace

std::vector<Header> end_to_end(std::span<const Header> headers) {
  const auto is_of_the_hop = [headers](std::string_view name) {
    return std::ranges::any_of(
               kOfTheHop, [name](auto known) { return same_text_ignoring_case(known, name); }) ||
           std::ranges::any_of(headers, [name](const Header& header) {
             return same_text_ignoring_case(header.name, "Connection") &&
                    is_listed(header.value, name);
           });
  };
  std::vector<Header> kept;
  kept.reserve(headers.size());
  for (const Header& header : headers) {
    if (!is_of_the_hop(header.name)) kept.push_back(header);
  }
  return kept;
}

}  // namespace thimble::http
