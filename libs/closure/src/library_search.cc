#include "library_search.h"

#include <algorithm>
#include <array>
#include <utility>

namespace thimble::closure::detail {
namespace {

constexpr std::size_t kLargestFile = std::size_t{1} << 30;

// `text` with $name and ${name} replaced.
std::string replace(std::string_view text, std::string_view name, std::string_view value) {
  std::string out;
  while (!text.empty()) {
    const std::size_t dollar = text.find('$');
    out += text.substr(0, dollar);
    if (dollar == std::string_view::npos) break;
    text.remove_prefix(dollar + 1);
    const std::string braced = "{" + std::string(name) + "}";
    if (text.starts_with(braced)) {
      out += value;
      text.remove_prefix(braced.size());
    } else if (text.starts_with(name)) {
      out += value;
      text.remove_prefix(name.size());
    } else {
      out += '$';
    }
  }
  return out;
}

}  // namespace

const ElfFile* ElfFiles::find(const std::string& path) {
  auto at = files_.find(path);
  if (at == files_.end()) {
    std::optional<ElfFile> file;
    const auto magic = view_.read(path, 4);
    if (magic && *magic ==
                     "\x7f"
                     "ELF") {
      if (const auto bytes = view_.read(path, kLargestFile)) {
        if (auto parsed = ElfFile::parse(*bytes)) file = std::move(*parsed);
      }
    }
    at = files_.emplace(path, std::move(file)).first;
  }
  return at->second ? &*at->second : nullptr;
}

bool LibrarySearch::is_loader_itself(std::string_view name) const {
  static constexpr std::array kReserved = {"libc.",  "libpthread.", "librt.",  "libm.",
                                           "libdl.", "libutil.",    "libxnet."};
  return folders_.musl && std::ranges::any_of(kReserved, [&](const char* prefix) {
           return name.starts_with(prefix);
         });
}

std::optional<Found> LibrarySearch::try_path(const std::string& path, bool& other_machine) const {
  auto resolved = resolve(view_, path);
  if (!resolved || resolved->node.kind != FileView::Kind::kFile) return std::nullopt;
  const ElfFile* elf = files_.find(resolved->path);
  if (elf == nullptr || elf->type != ElfFile::Type::kSharedObject) return std::nullopt;
  if (elf->machine != machine_) {
    other_machine = true;
    return std::nullopt;
  }
  return Found{std::move(*resolved),
               path.substr(std::min(path.find_first_not_of('/'), path.size())), false};
}

std::vector<std::string> LibrarySearch::expand(const std::string& folder, const Object& of) const {
  // An empty folder is the current one of the process, which is not known here.
  if (folder.empty()) return {};
  if (folder.find('$') == std::string::npos) return {folder};
  const std::string origin = "/" + std::string(folder_of(of.found));
  std::string expanded = replace(folder, "ORIGIN", origin);
  expanded = replace(expanded, "PLATFORM", platform_value(machine_));
  std::vector<std::string> all;
  for (const std::string& lib : lib_values(machine_)) {
    all.push_back(replace(expanded, "LIB", lib));
    if (all.back() == expanded) break;  // There is no $LIB in it.
  }
  return all;
}

std::optional<Found> LibrarySearch::try_folders(const std::vector<std::string>& folders,
                                                const Object& of, const std::string& name,
                                                bool& other_machine) const {
  for (const std::string& folder : folders) {
    for (std::string& path : expand(folder, of)) {
      auto found = try_path(path.append("/").append(name), other_machine);
      if (!found) continue;
      found->configured = of.configured && folder.find('$') != std::string::npos;
      return found;
    }
  }
  return std::nullopt;
}

// By what programs say, which differs: glibc has RPATH of the object and of all that led to it,
// unless the object has a RUNPATH, which is for its own needs only. musl treats both as glibc does
// RPATH, RUNPATH first.
std::optional<Found> LibrarySearch::find_by_paths(const std::string& name, const Object& object,
                                                  bool& other_machine) const {
  const Object nobody;
  if (folders_.musl) {
    if (auto found = try_folders(library_paths_, nobody, name, other_machine)) return found;
    for (const Object* at = &object; at != nullptr; at = at->loader) {
      const auto& paths = at->elf->has_runpath ? at->elf->runpath : at->elf->rpath;
      if (auto found = try_folders(paths, *at, name, other_machine)) return found;
    }
    return std::nullopt;
  }
  if (!object.elf->has_runpath) {
    for (const Object* at = &object; at != nullptr; at = at->loader) {
      if (at->elf->has_runpath) continue;
      if (auto found = try_folders(at->elf->rpath, *at, name, other_machine)) return found;
    }
  }
  if (auto found = try_folders(library_paths_, nobody, name, other_machine)) return found;
  return try_folders(object.elf->runpath, object, name, other_machine);
}

std::optional<Found> LibrarySearch::find(const std::string& name, const Object& object,
                                         bool& other_machine) const {
  if (name.find('/') != std::string::npos) {
    for (const std::string& path : expand(name, object)) {
      if (auto found = try_path(path, other_machine)) return found;
    }
    return std::nullopt;
  }
  if (auto found = find_by_paths(name, object, other_machine)) return found;
  return try_system(object.elf->no_default_folders ? folders_.configured : folders_.all, name,
                    other_machine);
}

std::optional<Found> LibrarySearch::find_in_system(const std::string& name) const {
  bool other_machine = false;
  return try_system(folders_.all, name, other_machine);
}

std::optional<Found> LibrarySearch::try_system(const std::vector<std::string>& folders,
                                               const std::string& name, bool& other_machine) const {
  const Object nobody;
  for (const std::string& folder : folders) {
    auto found = try_folders({folder}, nobody, name, other_machine);
    if (!found) continue;
    found->configured = std::ranges::find(folders_.configured, folder) != folders_.configured.end();
    return found;
  }
  return std::nullopt;
}

}  // namespace thimble::closure::detail
