#pragma once
// Holds a path to a route.

#include <string_view>

#include <thimble/events/flat_map.h>

namespace thimble::router {

// Whether the route's path is of that kind. `path` is as it was sent, without a slash at its end.
// The parameters, decoded, go to `parameters` unless that is null.
[[nodiscard]] bool matches(std::string_view route, std::string_view path,
                           events::StringMap* parameters);

// Whether a path that fits both routes is rather the first one's.
[[nodiscard]] bool is_more_specific(std::string_view route, std::string_view than);

}  // namespace thimble::router
