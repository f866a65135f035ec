#pragma once
// Text of a stranger, fit for a terminal.

#include <string>
#include <string_view>

namespace thimble::registry {

// At most 300 characters, all printable ASCII: line breaks become spaces, anything else '?', so
// that no escape sequence passes.
[[nodiscard]] std::string printable(std::string_view text);

// All of a text of several sources, with '?' for control characters, those of Unicode's C1
// included.
[[nodiscard]] std::string without_controls(std::string_view text);

}  // namespace thimble::registry
