#pragma once
// A piece of JSON whose shape is not the service's to fix.

#include <cstdint>
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
  [[nodiscard]] static RawJson of(std::int64_t number) { return RawJson(std::to_string(number)); }
  [[nodiscard]] static RawJson of(bool value) { return RawJson(value ? "true" : "false"); }

  bool operator==(const RawJson&) const = default;
};

}  // namespace thimble::events
