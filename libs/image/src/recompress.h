#pragma once
// Layers of others, compressed in whatever way, as gzip.

#include <string>

#include <thimble/base/result.h>
#include <thimble/image/image.h>
#include <thimble/image/layer_cache.h>

namespace thimble::image {

// The layer that `bytes` are (tar, alone or in gzip or zstd), as gzip. Fails if its content has not
// the digest `diff_id`, or is larger than Lambda allows an image to be, 10 GiB.
[[nodiscard]] Result<Blob> as_gzip_layer(std::string bytes, const Digest& diff_id,
                                         const LayerCache* cache);

}  // namespace thimble::image
