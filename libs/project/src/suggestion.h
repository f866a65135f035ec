#pragma once
// What somebody may have meant who wrote a word that there is not.

#include <string>
#include <string_view>
#include <vector>

namespace thimble::project::detail {

// How many insertions, deletions, replacements and swaps of neighbours lie between two words.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

// "did you mean 'memory'?" or, if nothing is near, "known are: arch, memory".
[[nodiscard]] std::string suggest(std::string_view word, const std::vector<std::string>& known);

// "a, b, c"
[[nodiscard]] std::string join(const std::vector<std::string>& words,
                               std::string_view between = ", ");

}  // namespace thimble::project::detail
