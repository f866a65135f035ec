#pragma once
// Amazon EventBridge, scheduled events included.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html

#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/events/raw_json.h>

namespace thimble::events {

struct EventBridgeEvent {
  std::string version = "0";
  std::string id{};
  std::string detail_type{};
  std::string source{};
  std::string account{};
  std::string time{};  // "2006-01-02T15:04:05Z"
  std::string region{};
  std::vector<std::string> resources{};
  RawJson detail{};           // An object of the source's.
  std::string replay_name{};  // Of events that an archive sends again.

  [[nodiscard]] static Result<EventBridgeEvent> from_json(std::string_view text);
  void to_json(std::string& out) const;
  bool operator==(const EventBridgeEvent&) const = default;
};

}  // namespace thimble::events
