#include "root_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <vector>

#include <thimble/base/file.h>
#include <thimble/base/unfinished.h>
#include <thimble/image/image_files.h>
#include <thimble/image/unpack.h>

namespace thimble::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kKept = 5;

// Where engines, and `become_in`, put what is the machine's.
constexpr std::array<const char*, 4> kMountPoints{"proc", "dev", "tmp", "etc"};

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
    fs::remove_all(roots[i].path, error);
    fs::remove_all(roots[i].path += ".bundle", error);
  }
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
  for (const char* name : kMountPoints) fs::create_directory(unfinished.path() / name, error);
  if (::rename(unfinished.path().c_str(), root.c_str()) != 0) {
    // Another run was faster.
    if (fs::is_directory(root, error)) return root;
    return fail(system_error("make '" + root.string() + "'"));
  }
  unfinished.finish();
  prune(all);
  return root;
}

std::string passwd_in(const fs::path& root) {
  // A link in an image leads who knows where.
  std::error_code error;
  const fs::path path = root / "etc" / "passwd";
  if (fs::is_symlink(path, error) || fs::is_symlink(root / "etc", error)) return {};
  return read_file(path, std::size_t{1} << 20).value_or("");
}

}  // namespace thimble::cli
