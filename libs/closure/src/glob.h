#pragma once
// Finds the paths in a view that a shell's pattern stands for.

#include <string>
#include <string_view>
#include <vector>

#include "thimble/closure/file_view.h"

namespace thimble::closure::detail {

// Sorted; as the pattern writes them, links not followed, no slash in front. `*`, `?` and `[...]`
// never stand for a slash, nor for a dot at the beginning of a name.
[[nodiscard]] std::vector<std::string> glob(const FileView& view, std::string_view pattern);

}  // namespace thimble::closure::detail
