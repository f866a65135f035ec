#include "extension_files.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace thimble::emulator {

std::optional<std::vector<std::string>> extension_files(const std::string& folder) {
  std::error_code error;
  std::filesystem::directory_iterator entries(folder, error);
  if (error) return std::nullopt;
  std::vector<std::string> files;
  for (; entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    if (error) break;
    if (!entries->is_directory(error)) files.push_back(entries->path().string());
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace thimble::emulator
