#pragma once
// Command lines as text.

#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/result.h>

namespace thimble::project::detail {

// Splits at white space outside of '...' and "..."; a backslash keeps the next character, inside of
// "..." too. Fails for a quote that does not end.
[[nodiscard]] Result<std::vector<std::string>> split_words(std::string_view text);

}  // namespace thimble::project::detail
