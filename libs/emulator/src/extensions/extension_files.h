#pragma once
// Finds external extensions.

#include <optional>
#include <string>
#include <vector>

namespace thimble::emulator {

// The paths of all files in `folder` that are not folders, sorted; nothing if there is no such
// folder.
[[nodiscard]] std::optional<std::vector<std::string>> extension_files(const std::string& folder);

}  // namespace thimble::emulator
