#pragma once
// Tells what earlier builds have left in a folder, and what belongs into no image.

#include <filesystem>

namespace thimble::project::detail {

// Whether it is an image: an OCI layout, or an archive (.tar) of `thimble build`, docker or podman.
[[nodiscard]] bool is_image(const std::filesystem::directory_entry& entry);

// Whether it is a list of packages that Thimble wrote, *.spdx.json or *.cdx.json.
[[nodiscard]] bool is_own_sbom(const std::filesystem::directory_entry& entry);

}  // namespace thimble::project::detail
