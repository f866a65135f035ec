#include "python_modules.h"

#include <algorithm>
#include <cstdint>

#include "path_resolver.h"

namespace thimble::closure::detail {
namespace {

// Whether there was one; its size is added to `bytes`.
bool take_out(const ModuleFolder& folder, const std::string& module, std::uint64_t& bytes) {
  const std::string prefix = join(folder.path, module);
  std::vector<std::string> unwanted;
  for (auto at = folder.tree.entries().lower_bound(prefix);
       at != folder.tree.entries().end() && at->first.starts_with(prefix); ++at) {
    const auto& [path, entry] = *at;
    if (entry.is_folder() || !is_of_module(path, prefix)) continue;
    unwanted.push_back(path);
    bytes += entry.size().value_or(0);
  }
  for (const std::string& path : unwanted) folder.tree.remove(path);
  return !unwanted.empty();
}

}  // namespace

std::string module_path(std::string_view module) {
  std::string path(module);
  std::ranges::replace(path, '.', '/');
  return path;
}

bool is_of_module(std::string_view path, std::string_view module) {
  if (!path.starts_with(module)) return false;
  const std::string_view rest = path.substr(module.size());
  if (rest.starts_with('/')) return true;
  if (!rest.starts_with('.') || rest.find('/') != std::string_view::npos) return false;
  return rest == ".py" || rest == ".pyc" || rest.ends_with(".so");
}

Result<void> exclude_modules(const std::vector<std::string>& modules,
                             const std::vector<ModuleFolder>& folders, LeftOut& left_out) {
  for (const std::string& module : modules) {
    const std::string path = module_path(module);
    bool found = false;
    std::uint64_t& bytes = left_out[module];
    for (const ModuleFolder& folder : folders) {
      found = take_out(folder, path, bytes) || found;
      if (name_of(folder.path) == "lib-dynload") take_out(folder, "_" + path, bytes);
    }
    if (!found) {
      return fail(ErrorCode::kNotFound,
                  "'" + module + "' cannot be excluded: Python has no module of that name here");
    }
  }
  return {};
}

}  // namespace thimble::closure::detail
