#include "python_native.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "loader_folders.h"
#include "path_resolver.h"
#include "python_packages.h"

namespace thimble::closure::detail {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> libraries_of(const image::Tree& tree) {
  std::vector<std::string> paths;
  for (const auto& [path, entry] : tree.entries()) {
    if (is_library(path, entry)) paths.push_back(path);
  }
  return paths;
}

// An interpreter in a folder of its own (pyenv, conda, uv) has libraries there too, which it finds
// by that folder's absolute path, which the image will not have, or relative to itself.
class OwnLibraries final {
 public:
  explicit OwnLibraries(const PythonInstall& python) : python_(python) {
    static constexpr std::array kSystem = {"/", "/usr", "/usr/local"};
    is_own_ = std::ranges::find(kSystem, python.prefix.string()) == kSystem.end();
  }

  // What of this machine is not to be seen.
  [[nodiscard]] std::vector<std::string> hidden() const {
    if (!is_own_) return {};
    return {python_.prefix.relative_path().string()};
  }

  // The libraries, below `home`; that of Python also where every loader looks.
  Result<image::Tree> collect(std::string_view home) const {
    image::Tree tree;
    if (!is_own_) return tree;
    const std::string lib = join(home, "lib");
    std::error_code error;
    for (fs::directory_iterator at(python_.prefix / "lib", error), end; !error && at != end;
         at.increment(error)) {
      const std::string name = at->path().filename().string();
      std::error_code one;
      if (name.find(".so") == std::string::npos || at->is_directory(one)) continue;
      if (auto added = tree.add_file(join(lib, name), at->path()); !added) {
        return fail(std::move(added.error()));
      }
    }
    const std::string library = join(lib, python_.library);
    if (python_.library.empty() || tree.find(library) == nullptr) return tree;
    const auto elf = ElfFile::read(python_.executable);
    if (!elf || !*elf) return tree;
    const FolderView root("/");
    const auto folders = loader_folders(root, (*elf)->interpreter, (*elf)->machine, false);
    // Before that of the system, which may be another one of the same name.
    for (const std::string& folder : folders.built_in) {
      const auto real = resolve(root, folder);
      if (!real) continue;
      auto added = tree.add(join(real->path, python_.library),
                            {image::TreeEntry::Link{"/" + library}, 0777});
      if (!added) return fail(std::move(added.error()));
      break;
    }
    return tree;
  }

 private:
  const PythonInstall& python_;
  bool is_own_ = false;
};

}  // namespace

Result<void> add_native_libraries(PythonClosure& closure, std::string_view home,
                                  const std::vector<std::string>& include, const FileView* base,
                                  const FileView* found) {
  const std::string interpreter = closure.interpreter.substr(1);
  const OwnLibraries own(closure.python);
  const auto spare = own.collect(home);
  if (!spare) return fail(spare.error());
  const TreeView runtime(closure.runtime);
  const TreeView packages(closure.packages);
  const TreeView app(closure.app);
  const TreeView own_view(*spare);
  const FolderView machine("/", own.hidden());
  std::vector<const FileView*> views{&runtime, &packages, &app};
  if (found != nullptr) {
    views.push_back(found);
  } else {
    views.push_back(&own_view);
    views.push_back(&machine);
  }
  const LayeredView all(std::move(views));

  const auto for_runtime = native_closure(
      all, {interpreter}, {.include = include, .modules = libraries_of(closure.runtime)});
  if (!for_runtime) return fail(for_runtime.error());
  std::vector<std::string> modules = libraries_of(closure.packages);
  const std::vector<std::string> of_app = libraries_of(closure.app);
  modules.insert(modules.end(), of_app.begin(), of_app.end());
  if (auto added = add_to_tree(closure.runtime, all, *for_runtime, base); !added) return added;
  std::set<MissingLibrary> missing(for_runtime->missing.begin(), for_runtime->missing.end());

  auto for_packages = native_closure(all, {interpreter}, {.modules = std::move(modules)});
  if (!for_packages) return fail(std::move(for_packages.error()));
  const auto is_there = [&](const std::string& path) {
    return runtime.find(path) || packages.find(path) || app.find(path);
  };
  std::erase_if(for_packages->paths, is_there);
  std::erase_if(for_packages->names, [&](const auto& name) { return is_there(name.path); });
  std::vector<const FileView*> below{&runtime};
  if (base != nullptr) below.push_back(base);
  const LayeredView under(std::move(below));
  if (auto added = add_to_tree(closure.packages, all, *for_packages, &under); !added) return added;
  missing.insert(for_packages->missing.begin(), for_packages->missing.end());
  closure.missing.assign(missing.begin(), missing.end());
  return {};
}

}  // namespace thimble::closure::detail
