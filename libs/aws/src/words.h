#pragma once
// Splits a command line into words as a POSIX shell does, without any of its expansions.

#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/result.h>

namespace thimble::aws {

// Quotes and backslashes count as in a shell. Fails for a quote that is not closed.
[[nodiscard]] Result<std::vector<std::string>> split_words(std::string_view line);

}  // namespace thimble::aws
