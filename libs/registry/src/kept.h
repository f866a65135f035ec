#pragma once
// Manifests and configurations beside the layers in a folder, under the names of their digests.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <thimble/image/digest.h>

namespace thimble::registry {

// The bytes, if the folder has them and they are right; marks them as used. Nothing where `folder`
// is empty.
[[nodiscard]] std::optional<std::string> read_kept(const std::filesystem::path& folder,
                                                   const image::Digest& digest,
                                                   std::uint64_t limit);

// Remembers them, if `folder` is not empty and it can be done.
void keep(const std::filesystem::path& folder, const image::Digest& digest, std::string_view bytes);

}  // namespace thimble::registry
