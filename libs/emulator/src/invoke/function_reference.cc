#include "function_reference.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

namespace thimble::emulator {
namespace {

constexpr std::size_t kLongestQualifier = 128;

// What is no percent-encoding stays as it is.
std::string decoded(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    unsigned char byte = 0;
    if (text[0] == '%' && text.size() >= 3) {
      const auto [end, error] = std::from_chars(text.data() + 1, text.data() + 3, byte, 16);
      if (error == std::errc() && end == text.data() + 3) {
        result += static_cast<char>(byte);
        text.remove_prefix(3);
        continue;
      }
    }
    result += text[0];
    text.remove_prefix(1);
  }
  return result;
}

// The value of the first parameter `name`, decoded; empty without one.
std::string parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name)
      return decoded(pair.substr(equals + 1));
  }
  return {};
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (std::size_t colon = 0; (colon = text.find(':')) != std::string_view::npos;) {
    parts.push_back(text.substr(0, colon));
    text.remove_prefix(colon + 1);
  }
  parts.push_back(text);
  return parts;
}

// How many parts stand before the name: of an ARN, of one without its beginning, of a plain name.
std::size_t parts_before_name(const std::vector<std::string_view>& parts) {
  if (parts.size() >= 7 && parts[0] == "arn" && parts[5] == "function") return 6;
  if (parts.size() >= 3 && parts[1] == "function") return 2;
  return 0;
}

bool is_qualifier(std::string_view text) {
  return text.size() <= kLongestQualifier && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                  c == '$' || c == '_' || c == '-';
         });
}

}  // namespace

Result<FunctionReference> parse_function_reference(std::string_view path_segment,
                                                   std::string_view query) {
  FunctionReference reference;
  std::string wanted = query.empty() ? std::string() : parameter(query, "Qualifier");
  if (path_segment.find_first_of(":%") == std::string_view::npos) {
    reference.name = path_segment;
  } else {
    const std::string text = decoded(path_segment);
    const auto parts = split(text);
    const std::size_t at = parts_before_name(parts);
    reference.name = parts[at];
    if (parts.size() > at + 2) {
      return fail(ErrorCode::kInvalid, "The function name must be a name, a partial ARN or an ARN");
    }
    if (parts.size() > at + 1) reference.qualifier = parts[at + 1];
  }
  if (!is_qualifier(reference.qualifier) || !is_qualifier(wanted)) {
    return fail(ErrorCode::kInvalid, "The qualifier must satisfy (|[a-zA-Z0-9$_-]+)");
  }
  if (!wanted.empty()) {
    if (!reference.qualifier.empty() && reference.qualifier != wanted) {
      return fail(
          ErrorCode::kInvalid,
          "The derived qualifier from the function name does not match the specified qualifier.");
    }
    reference.qualifier = std::move(wanted);
  }
  return reference;
}

}  // namespace thimble::emulator
