#pragma once
// Takes from an ELF file what is not loaded when it runs.

#include <string>

namespace thimble::closure::detail {

// `bytes` without what is behind the last segment: symbols and debug information; they are
// unchanged where that is not all there is to it, as in a file with a payload appended, or is
// little.
[[nodiscard]] std::string without_debug_information(std::string bytes);

}  // namespace thimble::closure::detail
