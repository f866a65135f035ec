#include "thimble/image/tree.h"

#include <sys/stat.h>

#include <system_error>

#include <thimble/base/file.h>

namespace thimble::image {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kFolderMode = 0755;

Result<void> check_path(std::string_view path) {
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorCode::kInvalid,
                "path '" + std::string(path) + "' cannot be in an image: " + std::string(why));
  };
  if (path.find('\0') != std::string_view::npos) return refuse("it holds a NUL");
  std::string_view rest = path;
  for (;;) {
    const std::size_t slash = rest.find('/');
    const std::string_view name = rest.substr(0, slash);
    if (name.empty()) return refuse("it has an empty part");
    if (name == "." || name == "..") return refuse("it has a part '" + std::string(name) + "'");
    if (slash == std::string_view::npos) return {};
    rest.remove_prefix(slash + 1);
  }
}

}  // namespace

Result<std::string> TreeEntry::read() const {
  if (const auto* bytes = std::get_if<std::string>(&what)) return *bytes;
  if (const auto* disk = std::get_if<OnDisk>(&what)) {
    return read_file(disk->path, std::size_t{16} << 30);
  }
  return fail(ErrorCode::kInvalid, "not a file");
}

Result<std::uint64_t> TreeEntry::size() const {
  if (const auto* bytes = std::get_if<std::string>(&what)) return bytes->size();
  if (const auto* disk = std::get_if<OnDisk>(&what)) {
    struct stat status{};
    if (::stat(disk->path.c_str(), &status) != 0) {
      return fail(system_error("read '" + disk->path.string() + "'"));
    }
    return static_cast<std::uint64_t>(status.st_size);
  }
  return 0;
}

Result<void> Tree::add(std::string_view path, TreeEntry entry) {
  if (auto checked = check_path(path); !checked) return checked;
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos;
       slash = path.find('/', slash + 1)) {
    const std::string_view above = path.substr(0, slash);
    const auto found = entries_.find(above);
    if (found == entries_.end()) {
      entries_.emplace(above, TreeEntry{TreeEntry::Folder{}, kFolderMode});
    } else if (!found->second.is_folder()) {
      return fail(ErrorCode::kInvalid, "path '" + std::string(path) + "' cannot be in an image: '" +
                                           std::string(above) + "' is no folder there");
    }
  }
  const auto found = entries_.find(path);
  if (found != entries_.end() && found->second.is_folder() && !entry.is_folder()) remove(path);
  entries_.insert_or_assign(std::string(path), std::move(entry));
  return {};
}

Result<void> Tree::add_bytes(std::string_view path, std::string bytes, unsigned mode) {
  return add(path, TreeEntry{std::move(bytes), mode});
}

Result<void> Tree::add_file(std::string_view path, const fs::path& source) {
  const std::string what = "add '" + source.string() + "'";
  struct stat status{};
  if (::lstat(source.c_str(), &status) != 0) return fail(system_error(what));
  if (S_ISLNK(status.st_mode)) {
    std::error_code error;
    const fs::path target = fs::read_symlink(source, error);
    if (error) return fail(system_error(what, error.value()));
    return add(path, TreeEntry{TreeEntry::Link{target.string()}, 0777});
  }
  if (S_ISDIR(status.st_mode)) return add(path, TreeEntry{TreeEntry::Folder{}, kFolderMode});
  if (!S_ISREG(status.st_mode)) {
    return fail(ErrorCode::kInvalid, what + ": only files, folders and links can be in an image");
  }
  const unsigned mode = (status.st_mode & S_IXUSR) != 0 ? 0755 : 0644;
  return add(path, TreeEntry{TreeEntry::OnDisk{source}, mode});
}

Result<void> Tree::add_folder(std::string_view path, const fs::path& source) {
  std::error_code error;
  fs::recursive_directory_iterator walk(source, error);
  if (error) return fail(system_error("add '" + source.string() + "'", error.value()));
  const std::string prefix = path.empty() ? std::string() : std::string(path) + "/";
  if (!path.empty() && find(path) == nullptr) {
    if (auto added = add(path, TreeEntry{TreeEntry::Folder{}, kFolderMode}); !added) return added;
  }
  for (; walk != fs::recursive_directory_iterator(); walk.increment(error)) {
    const std::string below = walk->path().lexically_relative(source).generic_string();
    if (auto added = add_file(prefix + below, walk->path()); !added) return added;
  }
  if (error) return fail(system_error("add '" + source.string() + "'", error.value()));
  return {};
}

Result<void> Tree::merge(const Tree& other) {
  for (const auto& [path, entry] : other.entries_) {
    if (entry.is_folder()) {
      const TreeEntry* here = find(path);
      if (here != nullptr && here->is_folder()) continue;
    }
    if (auto added = add(path, entry); !added) return added;
  }
  return {};
}

void Tree::remove(std::string_view path) {
  const std::string below = std::string(path) + "/";
  entries_.erase(std::string(path));
  const auto first = entries_.lower_bound(below);
  auto last = first;
  while (last != entries_.end() && last->first.starts_with(below)) ++last;
  entries_.erase(first, last);
}

const TreeEntry* Tree::find(std::string_view path) const {
  const auto found = entries_.find(path);
  return found == entries_.end() ? nullptr : &found->second;
}

}  // namespace thimble::image
