#include "glob.h"

#include <fnmatch.h>

#include <algorithm>
#include <utility>

#include "path_resolver.h"

namespace thimble::closure::detail {

std::vector<std::string> glob(const FileView& view, std::string_view pattern) {
  std::vector<std::string> found{""};
  while (!pattern.empty()) {
    const std::size_t slash = pattern.find('/');
    const std::string part(pattern.substr(0, slash));
    pattern.remove_prefix(slash == std::string_view::npos ? pattern.size() : slash + 1);
    if (part.empty() || part == ".") continue;
    std::vector<std::string> next;
    for (const std::string& folder : found) {
      const auto resolved = resolve(view, folder);
      if (!resolved) continue;
      if (part.find_first_of("*?[\\") == std::string::npos) {
        if (part == ".." || view.find(join(resolved->path, part)))
          next.push_back(join(folder, part));
        continue;
      }
      for (const std::string& name : view.list(resolved->path)) {
        if (::fnmatch(part.c_str(), name.c_str(), FNM_PERIOD) == 0) {
          next.push_back(join(folder, name));
        }
      }
    }
    found = std::move(next);
  }
  std::erase(found, "");
  std::ranges::sort(found);
  return found;
}

}  // namespace thimble::closure::detail
