#pragma once
// Gives back what it gets.

#include <string_view>

#include <thimble/ric.h>

namespace echo {

// Answers with the event's own bytes, JSON or not. A view of the event is enough: it lives until
// the answer is sent.
inline std::string_view handle(std::string_view event, const thimble::ric::Context& context) {
  thimble::ric::log::debug(
      "echo", {{"bytes", event.size()}, {"left_ms", context.remaining_time().count()}});
  return event;
}

}  // namespace echo
