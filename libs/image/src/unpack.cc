#include "thimble/image/unpack.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <string_view>
#include <system_error>
#include <utility>

#include <thimble/base/fd.h>

namespace thimble::image {
namespace {

namespace fs = std::filesystem;

// openat2 where the kernel or a sandbox refuses it: part by part, no part being a link.
Fd open_part_by_part(int root, const std::string& path) {
  Fd at(::openat(root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
  for (std::size_t begin = 0; at.is_open() && begin < path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string part = path.substr(begin, end - begin);
    at = Fd(::openat(at.number(), part.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    begin = end + 1;
  }
  return at;
}

// A folder below `root`, reached through no symbolic link.
Fd open_folder(int root, const std::string& path) {
  const std::string name = path.empty() ? "." : path;
  open_how how{};
  how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS;
  const long got = ::syscall(SYS_openat2, root, name.c_str(), &how, sizeof how);
  if (got < 0 && (errno == ENOSYS || errno == EPERM)) return open_part_by_part(root, path);
  return Fd(static_cast<int>(got));
}

std::pair<std::string, std::string> split(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {"", path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

class Unpacker final {
 public:
  Unpacker(const ImageFiles& files, int root, const UnpackOptions& options)
      : files_(files), root_(root), options_(options) {}

  Result<UnpackReport> run() {
    // In this order a folder comes before what is in it.
    for (const auto& [path, node] : files_.nodes()) {
      if (auto made = make(path, node); !made) return fail(std::move(made.error()));
    }
    for (auto at = files_.nodes().rbegin(); at != files_.nodes().rend(); ++at) {
      if (at->second.kind != FileKind::kFolder) continue;
      if (auto done = finish_folder(at->first, at->second); !done) {
        return fail(std::move(done.error()));
      }
    }
    return std::move(report_);
  }

 private:
  Result<void> make(const std::string& path, const FileNode& node) {
    const auto [parent, name] = split(path);
    if (auto entered = enter(parent); !entered) return entered;
    switch (node.kind) {
      case FileKind::kFolder:
        ++report_.folders;
        if (::mkdirat(parent_.number(), name.c_str(), 0700) != 0) return failed(path);
        return {};
      case FileKind::kLink:
        ++report_.links;
        if (::symlinkat(node.target.c_str(), parent_.number(), name.c_str()) != 0) {
          return failed(path);
        }
        if (options_.owners && ::fchownat(parent_.number(), name.c_str(), owner(node), group(node),
                                          AT_SYMLINK_NOFOLLOW) != 0) {
          return failed(path);
        }
        return {};
      case FileKind::kDevice:
        report_.skipped.push_back(path);
        return {};
      case FileKind::kFile:
        return make_file(path, name, node);
    }
    return {};
  }

  Result<void> make_file(const std::string& path, const std::string& name, const FileNode& node) {
    ++report_.files;
    if (const auto first = written_.find(node.content); first != written_.end()) {
      const auto [folder, linked] = split(first->second);
      const Fd from = open_folder(root_, folder);
      if (!from.is_open() ||
          ::linkat(from.number(), linked.c_str(), parent_.number(), name.c_str(), 0) != 0) {
        return failed(path);
      }
      return {};
    }
    written_.emplace(node.content, path);
    const Fd file(::openat(parent_.number(), name.c_str(),
                           O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.is_open()) return failed(path);
    auto copied = files_.copy(node, [&](std::string_view bytes) -> Result<void> {
      while (!bytes.empty()) {
        const ssize_t wrote = ::write(file.number(), bytes.data(), bytes.size());
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) return failed(path);
        bytes.remove_prefix(static_cast<std::size_t>(wrote));
      }
      return {};
    });
    if (!copied) return copied;
    report_.bytes += node.size;
    // The owner first: changing it clears setuid.
    if (options_.owners && ::fchown(file.number(), owner(node), group(node)) != 0) {
      return failed(path);
    }
    if (::fchmod(file.number(), options_.owners ? node.mode : node.mode & 0777U) != 0) {
      return failed(path);
    }
    set_time(file.number(), node);
    return {};
  }

  Result<void> finish_folder(const std::string& path, const FileNode& node) {
    const Fd entered = open_folder(root_, path);
    if (!entered.is_open()) return failed(path);
    const Fd folder(::openat(entered.number(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.is_open()) return failed(path);
    if (options_.owners && ::fchown(folder.number(), owner(node), group(node)) != 0) {
      return failed(path);
    }
    const unsigned mode = options_.owners ? node.mode : (node.mode & 01777U) | 0700U;
    if (::fchmod(folder.number(), mode) != 0) return failed(path);
    set_time(folder.number(), node);
    return {};
  }

  // A time that the file system cannot have is not worth failing.
  static void set_time(int file, const FileNode& node) {
    const timespec times[2] = {{node.mtime, 0}, {node.mtime, 0}};
    (void)::futimens(file, times);
  }

  static uid_t owner(const FileNode& node) { return static_cast<uid_t>(node.owner); }
  static gid_t group(const FileNode& node) { return static_cast<gid_t>(node.group); }

  Result<void> enter(const std::string& parent) {
    if (parent_.is_open() && parent == entered_) return {};
    parent_ = open_folder(root_, parent);
    if (!parent_.is_open()) return failed(parent);
    entered_ = parent;
    return {};
  }

  static std::unexpected<Error> failed(const std::string& path) {
    return fail(system_error("unpack '" + printable(path) + "'"));
  }

  const ImageFiles& files_;
  int root_;
  UnpackOptions options_;
  UnpackReport report_;
  Fd parent_;
  std::string entered_;
  std::map<std::uint64_t, std::string> written_;  // Content, and the first file that has it.
};

// Removes what is in the folder, and the folder if it was made here.
void clean(const fs::path& folder, bool made) {
  std::error_code error;
  std::vector<fs::path> all;
  for (fs::directory_iterator at(folder, error); !error && at != fs::directory_iterator();
       at.increment(error)) {
    all.push_back(at->path());
  }
  for (const fs::path& path : all) fs::remove_all(path, error);
  if (made) fs::remove(folder, error);
}

}  // namespace

Result<UnpackReport> unpack(const ImageFiles& files, const fs::path& folder,
                            const UnpackOptions& options) {
  const std::string what = "unpack to '" + folder.string() + "'";
  std::error_code error;
  const bool made = fs::create_directories(folder, error);
  if (error) return fail(system_error(what, error.value()));
  if (!made && !fs::is_empty(folder, error)) {
    if (error) return fail(system_error(what, error.value()));
    return fail(ErrorCode::kBusy, what + ": it is not empty; choose another folder");
  }
  const Fd root(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root.is_open()) return fail(system_error(what));
  auto report = Unpacker(files, root.number(), options).run();
  if (!report) clean(folder, made);
  return report;
}

}  // namespace thimble::image
