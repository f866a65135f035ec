#pragma once
// Holds a path to a route.

#include <string_view>

#include <thimble/events/flat_map.h>
#include <thimble/router/router.h>

namespace thimble::router {

// Whether the route's path is of that kind. The parameters, decoded, go to `parameters` unless that
// is null.
[[nodiscard]] bool matches(std::string_view route, detail::Path path,
                           events::StringMap* parameters);

// Whether a path that fits both routes is rather the first one's.
[[nodiscard]] bool is_more_specific(std::string_view route, std::string_view than);

}  // namespace thimble::router
