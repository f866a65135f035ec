#pragma once
// Keeps compressed layers, so that nothing is compressed twice.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

#include <thimble/base/result.h>
#include <thimble/image/digest.h>
#include <thimble/image/image.h>

namespace thimble::image {

// A folder of compressed layers, found by the digest of their content and the compressor's name.
// The folder, or any file in it, can be deleted at any time, and several processes can use it at
// once. What is damaged is not found.
class LayerCache final {
 public:
  static constexpr std::uint64_t kDefaultSize = std::uint64_t{2} << 30;

  // `max_size` in bytes: those used longest ago go first.
  explicit LayerCache(std::filesystem::path folder, std::uint64_t max_size = kDefaultSize)
      : folder_(std::move(folder)), max_size_(max_size) {}

  // The compressed layer, checked against its digest.
  [[nodiscard]] std::optional<Blob> find(const Digest& diff_id, std::string_view compressor) const;

  // A cache that cannot be written to is no error: the next build compresses again.
  void put(const Digest& diff_id, std::string_view compressor, const Blob& blob) const;

 private:
  [[nodiscard]] std::filesystem::path path_of(const Digest& diff_id,
                                              std::string_view compressor) const;

  std::filesystem::path folder_;
  std::uint64_t max_size_;
};

// Removes files from a folder, those changed longest ago first, until all have `max_size` bytes at
// most. What is not a file stays.
void remove_oldest(const std::filesystem::path& folder, std::uint64_t max_size);

}  // namespace thimble::image
