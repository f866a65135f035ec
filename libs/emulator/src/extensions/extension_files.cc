#include "extension_files.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>

namespace thimble::emulator {

std::optional<std::vector<std::string>> extension_files(const std::string& folder) {
  DIR* entries = ::opendir(folder.c_str());
  if (entries == nullptr) return std::nullopt;
  std::vector<std::string> files;
  while (const dirent* entry = ::readdir(entries)) {
    std::string path = folder + "/" + entry->d_name;
    struct stat info{};
    // A link to nothing counts: starting it fails and says why.
    if (::stat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
      files.push_back(std::move(path));
    }
  }
  ::closedir(entries);
  std::ranges::sort(files);
  return files;
}

}  // namespace thimble::emulator
