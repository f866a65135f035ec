#include <thimble/events/event_bridge.h>

#include "../schema.h"

namespace thimble::events {
namespace detail {

// clang-format off
template <>
struct Schema<EventBridgeEvent> {
  using T = EventBridgeEvent;
  using Members = List<
      Member<"version", &T::version>,
      Member<"id", &T::id>,
      Member<"detail-type", &T::detail_type>,
      Member<"source", &T::source>,
      Member<"account", &T::account>,
      Member<"time", &T::time>,
      Member<"region", &T::region>,
      Always<"resources", &T::resources>,
      Member<"detail", &T::detail>,
      Sparse<"replay-name", &T::replay_name>>;
};

// clang-format on

}  // namespace detail

Result<EventBridgeEvent> EventBridgeEvent::from_json(std::string_view text) {
  return detail::parse<EventBridgeEvent>(text);
}
void EventBridgeEvent::to_json(std::string& out) const {
  detail::append(out, *this);
}

}  // namespace thimble::events
