#pragma once
// The packages of an image, in a file.

#include <filesystem>
#include <string>

#include <thimble/base/result.h>

#include "build_image.h"

namespace thimble::cli {

enum class SbomFormat : std::uint8_t { kSpdx, kCycloneDx };

// By the file's name: "hello.spdx.json", "hello.cdx.json".
[[nodiscard]] Result<SbomFormat> sbom_format(const std::filesystem::path& file);

// Writes what is in the image, and what was said of it, as SPDX or CycloneDX.
[[nodiscard]] Result<void> write_sbom(const std::filesystem::path& file, const std::string& name,
                                      const BuiltImage& built, std::int64_t created);

}  // namespace thimble::cli
