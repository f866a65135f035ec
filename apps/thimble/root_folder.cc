#include "root_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <vector>

#include <thimble/base/fd.h>
#include <thimble/base/file.h>
#include <thimble/base/unfinished.h>
#include <thimble/image/image_files.h>
#include <thimble/image/unpack.h>

namespace thimble::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kKept = 5;

// Removes the folders used longest ago. One that runs just now keeps its open files.
void prune(const fs::path& folder) {
  struct Root {
    fs::path path;
    timespec used;
  };
  std::vector<Root> roots;
  std::error_code error;
  for (fs::directory_iterator at(folder, error); !error && at != fs::directory_iterator();
       at.increment(error)) {
    struct stat status{};
    if (!at->path().has_extension() && ::stat(at->path().c_str(), &status) == 0) {
      roots.push_back({at->path(), status.st_mtim});
    }
  }
  std::sort(roots.begin(), roots.end(), [](const Root& a, const Root& b) {
    return std::pair(a.used.tv_sec, a.used.tv_nsec) > std::pair(b.used.tv_sec, b.used.tv_nsec);
  });
  for (std::size_t i = kKept; i < roots.size(); ++i) {
    // Under its name it is whole, or not there.
    const Unfinished doomed(roots[i].path);
    if (::rename(roots[i].path.c_str(), doomed.path().c_str()) != 0) continue;
    fs::remove_all(roots[i].path += ".bundle", error);
  }
}

// Where mounts go that an image has no place for.
Result<void> make_mount_points(const fs::path& root) {
  const Fd folder(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  for (const char* name : {"proc", "dev", "etc", "tmp"}) {
    const bool is_new = ::mkdirat(folder.number(), name, 0755) == 0;
    if (!is_new && errno != EEXIST)
      return fail(system_error("make '" + (root / name).string() + "'"));
    // Everybody's, whatever the umask and the user.
    if (is_new && std::string_view(name) == "tmp")
      (void)::fchmodat(folder.number(), name, 01777, 0);
  }
  // Not through a link, which leads who knows where.
  const Fd etc(::openat(folder.number(), "etc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!etc.is_open()) return {};
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  const Fd names(::openat(etc.number(), "resolv.conf", flags, 0644));
  return {};
}

}  // namespace

Result<fs::path> root_folder(const image::Image& image, const Context& context) {
  const fs::path all = context.cache_folder() / "roots";
  fs::path root = all / image.digest().hex();
  std::error_code error;
  if (fs::is_directory(root, error)) {
    ::utimensat(AT_FDCWD, root.c_str(), nullptr, 0);
    return root;
  }
  fs::create_directories(all, error);
  if (error) return fail(system_error("make '" + all.string() + "'", error.value()));
  const auto files = image::ImageFiles::load(image);
  if (!files) return fail(files.error());
  Unfinished unfinished(root);
  const auto report = image::unpack(*files, unfinished.path(), {.owners = ::geteuid() == 0});
  if (!report) return fail(report.error());
  if (auto made = make_mount_points(unfinished.path()); !made) return fail(made.error());
  if (::rename(unfinished.path().c_str(), root.c_str()) != 0) {
    // Another run was faster.
    if (fs::is_directory(root, error)) return root;
    return fail(system_error("make '" + root.string() + "'"));
  }
  unfinished.finish();
  prune(all);
  return root;
}

std::string account_file(const fs::path& root, const char* name) {
  // A link in an image leads who knows where.
  std::error_code error;
  const fs::path path = root / "etc" / name;
  if (fs::is_symlink(path, error) || fs::is_symlink(root / "etc", error)) return {};
  return read_file(path, std::size_t{1} << 20).value_or("");
}

}  // namespace thimble::cli
