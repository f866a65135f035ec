#pragma once
// What programs say about the packages that they were linked from.

#include <string_view>
#include <vector>

#include <thimble/image/sbom.h>

namespace thimble::image {

// Of Go's build information (package debug/buildinfo, since Go 1.18); none in other programs.
[[nodiscard]] std::vector<Package> packages_of_go(std::string_view program);

// Of the section .dep-v0 that `cargo auditable` writes; none in other programs.
[[nodiscard]] std::vector<Package> packages_of_rust(std::string_view program);

}  // namespace thimble::image
