#include "gzip.h"

#include <libdeflate.h>

#include <cassert>
#include <memory>

namespace thimble::image {
namespace {

using Compressor = std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)>;
using Decompressor =
    std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)>;

}  // namespace

std::string compressor_name(int level) {
  return "libdeflate-" LIBDEFLATE_VERSION_STRING "-" + std::to_string(level);
}

Result<std::string> gzip(std::string_view bytes, int level) {
  assert(level >= 1 && level <= 12);
  const Compressor compressor(libdeflate_alloc_compressor(level), &libdeflate_free_compressor);
  if (!compressor) return fail(ErrorCode::kLimit, "gzip: out of memory");
  std::string out(libdeflate_gzip_compress_bound(compressor.get(), bytes.size()), '\0');
  const std::size_t size = libdeflate_gzip_compress(compressor.get(), bytes.data(), bytes.size(),
                                                    out.data(), out.size());
  assert(size != 0);
  out.resize(size);
  return out;
}

Result<std::string> gunzip(std::string_view bytes, std::size_t limit) {
  const Decompressor decompressor(libdeflate_alloc_decompressor(), &libdeflate_free_decompressor);
  if (!decompressor) return fail(ErrorCode::kLimit, "gunzip: out of memory");
  std::string out(std::min(limit, bytes.size() * 4 + 4096), '\0');
  for (;;) {
    std::size_t size = 0;
    const auto result = libdeflate_gzip_decompress(decompressor.get(), bytes.data(), bytes.size(),
                                                   out.data(), out.size(), &size);
    if (result == LIBDEFLATE_SUCCESS) {
      out.resize(size);
      return out;
    }
    if (result != LIBDEFLATE_INSUFFICIENT_SPACE) {
      return fail(ErrorCode::kInvalid, "gunzip: this is not gzip, or it is damaged");
    }
    if (out.size() == limit) {
      return fail(ErrorCode::kLimit, "gunzip: more than " + std::to_string(limit) + " bytes");
    }
    out.resize(std::min(limit, out.size() * 2));
  }
}

}  // namespace thimble::image
