#pragma once
// Writes the files of an image into a folder.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/image/image_files.h>

namespace thimble::image {

struct UnpackOptions {
  // Gives files the owners that the image says and keeps setuid and setgid, which takes root. Else
  // all belong to the caller, without these bits, and the caller can enter every folder.
  bool owners = false;
};

struct UnpackReport {
  std::uint64_t files = 0;
  std::uint64_t folders = 0;
  std::uint64_t links = 0;
  std::uint64_t bytes = 0;
  std::vector<std::string> skipped;  // Devices and pipes, which are not made.
};

// `folder` is made, or is empty (else kBusy). Nothing outside of it is read, written or linked to,
// whatever the image holds: all links were followed in memory, and no folder is reached through a
// symbolic link. After an error the folder is empty again, or gone if it was made.
[[nodiscard]] Result<UnpackReport> unpack(const ImageFiles& files,
                                          const std::filesystem::path& folder,
                                          const UnpackOptions& options = {});

}  // namespace thimble::image
