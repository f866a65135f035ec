#pragma once
// A piece of JSON whose shape is not the service's to fix.

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

namespace thimble::events {

// JSON text, unread: parse it with `json::Reader`, ask it with `json::find_member`. From an event
// it is valid; for a response it must be. Empty means that the member is absent.
struct RawJson {
  std::string text;

  RawJson() = default;
  explicit RawJson(std::string json) : text(std::move(json)) {}

  // A JSON string of these characters.
  [[nodiscard]] static RawJson of(std::string_view string);
  [[nodiscard]] static RawJson of(const char* string) { return of(std::string_view(string)); }

  template <std::integral T>
    requires(!std::same_as<T, char>)
  [[nodiscard]] static RawJson of(T value) {
    if constexpr (std::same_as<T, bool>) {
      return RawJson(value ? "true" : "false");
    } else {
      return RawJson(std::to_string(value));
    }
  }

  bool operator==(const RawJson&) const = default;
};

}  // namespace thimble::events
