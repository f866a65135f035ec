#include "thimble/closure/write_tree.h"

#include <sys/stat.h>

#include <system_error>

#include <thimble/base/file.h>

namespace thimble::closure {
namespace fs = std::filesystem;

namespace {

Result<void> write_entry(const image::TreeEntry& entry, const fs::path& path) {
  std::error_code error;
  if (entry.is_folder()) {
    fs::create_directory(path, error);
  } else if (const auto* link = std::get_if<image::TreeEntry::Link>(&entry.what)) {
    fs::create_symlink(link->target, path, error);
  } else if (const auto* disk = std::get_if<image::TreeEntry::OnDisk>(&entry.what)) {
    fs::copy_file(disk->path, path, error);
  } else {
    return write_file(path, std::get<std::string>(entry.what), entry.mode);
  }
  if (!error && !entry.is_link() && ::chmod(path.c_str(), entry.mode) != 0) {
    error = std::error_code(errno, std::generic_category());
  }
  if (error) return fail(system_error("write '" + path.string() + "'", error.value()));
  return {};
}

}  // namespace

Result<void> write_tree(const image::Tree& tree, const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return fail(system_error("write '" + folder.string() + "'", error.value()));
  for (const auto& [path, entry] : tree.entries()) {
    // Folders come before what is in them, and no link has anything below it.
    const fs::path where = folder / path;
    const bool there = fs::symlink_status(where, error).type() != fs::file_type::not_found;
    if (there && !(entry.is_folder() && fs::is_directory(fs::symlink_status(where, error)))) {
      return fail(ErrorCode::kInvalid, "write '" + where.string() + "': it is there already");
    }
    if (there) continue;
    if (auto written = write_entry(entry, where); !written) return written;
  }
  return {};
}

}  // namespace thimble::closure
