#include "match.h"

#include <string>

#include <thimble/events/form.h>
#include <thimble/router/route_key.h>

namespace thimble::router {
namespace {

enum class Kind { kText, kParameter, kRest };

Kind kind_of(std::string_view segment) {
  if (!segment.starts_with('{')) return Kind::kText;
  return segment.ends_with("+}") ? Kind::kRest : Kind::kParameter;
}

}  // namespace

bool matches(std::string_view route, detail::Path from, events::StringMap* parameters) {
  std::string_view path = from.text;
  const auto decoded = [&from](std::string_view segment) {
    return from.is_encoded ? events::decode_percent(segment) : std::string(segment);
  };
  while (!route.empty() && !path.empty()) {
    const std::string_view wanted = take_segment(route);
    const Kind kind = kind_of(wanted);
    std::string_view sent = path.substr(1);
    if (kind == Kind::kRest) {
      path = {};
    } else {
      sent = take_segment(path);
    }
    if (kind == Kind::kText) {
      if (decoded(sent) != wanted) return false;
      continue;
    }
    if (sent.empty()) return false;
    if (parameters == nullptr) continue;
    const std::size_t braces = kind == Kind::kRest ? 3 : 2;
    parameters->add(std::string(wanted.substr(1, wanted.size() - braces)), decoded(sent));
  }
  return route.empty() && path.empty();
}

bool is_more_specific(std::string_view route, std::string_view than) {
  while (!route.empty() && !than.empty()) {
    const Kind kind = kind_of(take_segment(route));
    const Kind other = kind_of(take_segment(than));
    if (kind != other) return kind < other;
  }
  return false;
}

}  // namespace thimble::router
