#pragma once
// Whole numbers out of text, all of it or nothing.

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>

namespace thimble {

// The decimal number `text` is, with no sign for unsigned types, no spaces and no rest; nothing if
// it is not one or does not fit.
template <std::integral T>
[[nodiscard]] std::optional<T> parse_number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

}  // namespace thimble
