#pragma once
// Turns trees into layers: tar, gzip, and both digests.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/image/digest.h>
#include <thimble/image/image.h>
#include <thimble/image/layer_cache.h>
#include <thimble/image/tree.h>

namespace thimble::image {

// A layer and what the image's configuration says of it.
struct Layer {
  Blob blob;
  Digest diff_id = Digest::of("");  // Of the uncompressed archive.
  std::uint64_t unpacked = 0;       // Bytes of the uncompressed archive.
  std::string comment;              // For people: what is in it.
};

struct LayerRequest {
  Tree tree;
  std::string comment;
  int level = 6;  // Of compression, 1 (fast) to 12 (small).
};

struct LayerOptions {
  std::int64_t mtime = 0;  // Of every file; SOURCE_DATE_EPOCH.
  std::uint32_t owner = 0;
  std::uint32_t group = 0;
  const LayerCache* cache = nullptr;  // None: everything is compressed anew.
  unsigned threads = 0;               // 0: as many as there are processors.

  // Archives above this size are never in memory as a whole: they go through zlib into a file of
  // `large_folder`, named by the 64 digits of its digest, which whoever owns the folder removes.
  std::uint64_t streamed_above = std::uint64_t{1} << 30;
  std::filesystem::path large_folder = {};
};

// One layer for each request, in their order, made in parallel. The bytes depend on the trees, the
// options and the version of the compressor only.
[[nodiscard]] Result<std::vector<Layer>> make_layers(const std::vector<LayerRequest>& requests,
                                                     const LayerOptions& options);

}  // namespace thimble::image
