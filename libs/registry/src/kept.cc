#include "kept.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <thimble/base/file.h>

namespace thimble::registry {

std::optional<std::string> read_kept(const std::filesystem::path& folder,
                                     const image::Digest& digest, std::uint64_t limit) {
  if (folder.empty()) return std::nullopt;
  const std::filesystem::path file = folder / digest.hex();
  auto bytes = read_file(file, limit);
  if (!bytes || image::Digest::of(*bytes) != digest) return std::nullopt;
  ::utimensat(AT_FDCWD, file.c_str(), nullptr, 0);
  return std::move(*bytes);
}

void keep(const std::filesystem::path& folder, const image::Digest& digest,
          std::string_view bytes) {
  if (!folder.empty()) (void)write_file(folder / digest.hex(), bytes);
}

}  // namespace thimble::registry
