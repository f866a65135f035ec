#include "thimble/image/layer_cache.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <system_error>
#include <vector>

#include "thimble/image/media_types.h"
#include <thimble/base/file.h>

namespace thimble::image {
namespace {

namespace fs = std::filesystem;

// A file is the digest of the rest and a line feed, then the layer.
constexpr std::size_t kHeadSize = 7 + 64 + 1;

}  // namespace

fs::path LayerCache::path_of(const Digest& diff_id, std::string_view compressor) const {
  return folder_ / (diff_id.hex() + "." + std::string(compressor));
}

std::optional<Blob> LayerCache::find(const Digest& diff_id, std::string_view compressor) const {
  const fs::path path = path_of(diff_id, compressor);
  auto text = read_file(path, std::size_t{4} << 30);
  if (!text || text->size() < kHeadSize) return std::nullopt;
  const std::string head = text->substr(0, kHeadSize);
  Blob blob = Blob::of(std::string(media_type::kOciLayerGzip), text->substr(kHeadSize));
  if (blob.descriptor.digest.str() + "\n" != head) return std::nullopt;
  // Used just now.
  ::utimensat(AT_FDCWD, path.c_str(), nullptr, 0);
  return blob;
}

void LayerCache::put(const Digest& diff_id, std::string_view compressor, const Blob& blob) const {
  auto bytes = blob.read();
  if (!bytes) return;
  const std::string head = blob.descriptor.digest.str() + "\n";
  if (write_file(path_of(diff_id, compressor), head + *bytes)) remove_oldest(folder_, max_size_);
}

void remove_oldest(const fs::path& folder, std::uint64_t max_size) {
  struct Entry {
    fs::path path;
    std::uint64_t size;
    timespec used;
  };
  std::vector<Entry> entries;
  std::uint64_t total = 0;
  std::error_code error;
  for (fs::directory_iterator at(folder, error); !error && at != fs::directory_iterator();
       at.increment(error)) {
    struct stat status{};
    if (::stat(at->path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    entries.push_back({at->path(), static_cast<std::uint64_t>(status.st_size), status.st_mtim});
    total += entries.back().size;
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.used.tv_sec, a.used.tv_nsec) < std::pair(b.used.tv_sec, b.used.tv_nsec);
  });
  for (const Entry& entry : entries) {
    if (total <= max_size) break;
    fs::remove(entry.path, error);
    total -= entry.size;
  }
}

}  // namespace thimble::image
