#pragma once
// gzip (RFC 1952), with nothing in its header that differs from run to run.

#include <cstddef>
#include <string>
#include <string_view>

#include <thimble/base/result.h>

namespace thimble::image {

// What made the bytes: the same text means the same bytes for the same input, "libdeflate-1.14-6".
[[nodiscard]] std::string compressor_name(int level);

// At once, with libdeflate. Levels 1 (fast) to 12 (small).
[[nodiscard]] Result<std::string> gzip(std::string_view bytes, int level);

// The one member that `bytes` is, which holds at most `limit` bytes.
[[nodiscard]] Result<std::string> gunzip(std::string_view bytes, std::size_t limit);

}  // namespace thimble::image
