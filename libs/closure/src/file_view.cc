#include "thimble/closure/file_view.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>

#include <thimble/base/fd.h>

namespace thimble::closure {
namespace {

namespace fs = std::filesystem;

struct CloseFolder {
  void operator()(DIR* stream) const { ::closedir(stream); }
};

std::unexpected<Error> not_there(std::string_view path) {
  return fail(ErrorCode::kNotFound, "'/" + std::string(path) + "': no such file");
}

// Opens what is at `path` below `root`. No link leads out of the root: an absolute one begins at
// it, and ".." stops there. Kernels before 5.6 cannot do that; there, callers ask for paths without
// links in them anyway.
Fd open_in(const fs::path& root, std::string_view path, int flags) {
  const Fd folder(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open()) return {};
  const std::string relative = path.empty() ? "." : std::string(path);
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_IN_ROOT;
  const long opened = ::syscall(SYS_openat2, folder.number(), relative.c_str(), &how, sizeof(how));
  if (opened >= 0) return Fd(static_cast<int>(opened));
  if (errno != ENOSYS && errno != EPERM) return {};
  return Fd(::openat(folder.number(), relative.c_str(), flags | O_CLOEXEC));
}

Result<std::string> read_prefix(const Fd& file, const fs::path& path, std::size_t limit) {
  const std::string what = "read '" + path.string() + "'";
  struct stat status{};
  if (!file.is_open() || ::fstat(file.number(), &status) != 0) return fail(system_error(what));
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::kInvalid, what + ": not a regular file");
  std::string bytes(std::min(limit, static_cast<std::size_t>(status.st_size)), '\0');
  std::size_t used = 0;
  while (used < bytes.size()) {
    const ssize_t got = ::read(file.number(), bytes.data() + used, bytes.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(system_error(what));
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
  }
  bytes.resize(used);
  return bytes;
}

}  // namespace

FolderView::FolderView(fs::path root, std::vector<std::string> hidden)
    : root_(std::move(root)), hidden_(std::move(hidden)) {}

bool FolderView::is_hidden(std::string_view path) const {
  return std::ranges::any_of(hidden_, [&](const std::string& folder) {
    return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
  });
}

std::optional<FileView::Node> FolderView::find(std::string_view path) const {
  if (is_hidden(path)) return std::nullopt;
  const Fd file = open_in(root_, path, O_PATH | O_NOFOLLOW);
  struct stat status{};
  if (!file.is_open() || ::fstat(file.number(), &status) != 0) return std::nullopt;
  Node node{.mode = status.st_mode & 07777U};
  if (S_ISREG(status.st_mode)) node.kind = Kind::kFile;
  if (S_ISDIR(status.st_mode)) node.kind = Kind::kFolder;
  if (S_ISLNK(status.st_mode)) {
    std::array<char, 4096> target{};
    const ssize_t length = ::readlinkat(file.number(), "", target.data(), target.size());
    if (length < 0) return std::nullopt;
    node.kind = Kind::kLink;
    node.target.assign(target.data(), static_cast<std::size_t>(length));
  }
  return node;
}

std::vector<std::string> FolderView::list(std::string_view path) const {
  std::vector<std::string> names;
  if (is_hidden(path)) return names;
  Fd folder = open_in(root_, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!folder.is_open()) return names;
  const std::unique_ptr<DIR, CloseFolder> stream(::fdopendir(folder.number()));
  if (!stream) return names;
  (void)folder.release();
  while (const dirent* entry = ::readdir(stream.get())) {
    std::string name = entry->d_name;
    const std::string whole = path.empty() ? name : std::string(path) + "/" + name;
    if (name != "." && name != ".." && !is_hidden(whole)) names.push_back(std::move(name));
  }
  std::ranges::sort(names);
  return names;
}

Result<std::string> FolderView::read(std::string_view path, std::size_t limit) const {
  if (is_hidden(path)) return not_there(path);
  return read_prefix(open_in(root_, path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW), root_ / path, limit);
}

Result<image::TreeEntry> FolderView::entry(std::string_view path) const {
  const auto node = find(path);
  if (!node) return not_there(path);
  switch (node->kind) {
    case Kind::kFolder:
      return image::TreeEntry{image::TreeEntry::Folder{}, 0755};
    case Kind::kLink:
      return image::TreeEntry{image::TreeEntry::Link{node->target}, 0777};
    case Kind::kFile:
      return image::TreeEntry{image::TreeEntry::OnDisk{root_ / path},
                              (node->mode & 0100U) != 0 ? 0755U : 0644U};
    case Kind::kOther:
      break;
  }
  return fail(ErrorCode::kInvalid, "'" + (root_ / path).string() + "' is no file, folder or link");
}

std::optional<FileView::Node> TreeView::find(std::string_view path) const {
  if (path.empty()) return Node{.kind = Kind::kFolder};
  const image::TreeEntry* entry = tree_.find(path);
  if (entry == nullptr) return std::nullopt;
  if (entry->is_folder()) {
    return Node{
        .kind = Kind::kFolder, .mode = entry->mode, .owner = entry->owner, .group = entry->group};
  }
  if (const auto* link = std::get_if<image::TreeEntry::Link>(&entry->what)) {
    return Node{.kind = Kind::kLink, .target = link->target};
  }
  return Node{.kind = Kind::kFile, .mode = entry->mode};
}

std::vector<std::string> TreeView::list(std::string_view path) const {
  const std::string above = path.empty() ? "" : std::string(path) + "/";
  std::vector<std::string> names;
  const auto& entries = tree_.entries();
  for (auto at = entries.lower_bound(above); at != entries.end() && at->first.starts_with(above);) {
    const std::string_view rest = std::string_view(at->first).substr(above.size());
    names.emplace_back(rest.substr(0, rest.find('/')));
    // Past all that is below this name: '0' comes right after '/'.
    const std::string next = above + names.back();
    ++at;
    if (at != entries.end() && at->first.starts_with(next + "/"))
      at = entries.lower_bound(next + "0");
  }
  std::ranges::sort(names);
  const auto twice = std::ranges::unique(names);
  names.erase(twice.begin(), twice.end());
  return names;
}

Result<std::string> TreeView::read(std::string_view path, std::size_t limit) const {
  const image::TreeEntry* entry = tree_.find(path);
  if (entry == nullptr) return not_there(path);
  if (const auto* disk = std::get_if<image::TreeEntry::OnDisk>(&entry->what)) {
    const Fd file(::open(disk->path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    return read_prefix(file, disk->path, limit);
  }
  if (const auto* bytes = std::get_if<std::string>(&entry->what)) return bytes->substr(0, limit);
  return fail(ErrorCode::kInvalid, "'/" + std::string(path) + "': not a file");
}

Result<image::TreeEntry> TreeView::entry(std::string_view path) const {
  const image::TreeEntry* entry = tree_.find(path);
  if (entry == nullptr) return not_there(path);
  return *entry;
}

const FileView* LayeredView::owner(std::string_view path) const {
  for (const FileView* view : views_) {
    if (view->find(path)) return view;
  }
  return nullptr;
}

std::optional<FileView::Node> LayeredView::find(std::string_view path) const {
  for (const FileView* view : views_) {
    if (auto node = view->find(path)) return node;
  }
  return std::nullopt;
}

std::vector<std::string> LayeredView::list(std::string_view path) const {
  std::set<std::string> names;
  for (const FileView* view : views_) {
    for (std::string& name : view->list(path)) names.insert(std::move(name));
  }
  return {names.begin(), names.end()};
}

Result<std::string> LayeredView::read(std::string_view path, std::size_t limit) const {
  const FileView* view = owner(path);
  if (view == nullptr) return not_there(path);
  return view->read(path, limit);
}

Result<image::TreeEntry> LayeredView::entry(std::string_view path) const {
  const FileView* view = owner(path);
  if (view == nullptr) return not_there(path);
  return view->entry(path);
}

}  // namespace thimble::closure
