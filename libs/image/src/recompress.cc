#include "recompress.h"

#include <zstd.h>

#include <memory>

#include "thimble/image/media_types.h"

#include "gzip.h"

namespace thimble::image {
namespace {

constexpr std::size_t kMaxLayer = std::size_t{10} << 30;
constexpr int kLevel = 6;

bool is_gzip(std::string_view bytes) {
  return bytes.starts_with("\x1f\x8b");
}
bool is_zstd(std::string_view bytes) {
  return bytes.starts_with("\x28\xb5\x2f\xfd");
}

Result<std::string> unzstd(std::string_view bytes) {
  const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(),
                                                                     &ZSTD_freeDCtx);
  std::string out;
  std::string part(ZSTD_DStreamOutSize(), '\0');
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  std::size_t left = 1;
  while (in.pos < in.size) {
    ZSTD_outBuffer to{part.data(), part.size(), 0};
    left = ZSTD_decompressStream(context.get(), &to, &in);
    if (ZSTD_isError(left) != 0) {
      return fail(ErrorCode::kInvalid, std::string("zstd: ") + ZSTD_getErrorName(left));
    }
    out.append(part.data(), to.pos);
    if (out.size() > kMaxLayer) return fail(ErrorCode::kLimit, "zstd: more than 10 GiB");
  }
  if (left != 0) return fail(ErrorCode::kInvalid, "zstd: the end is missing");
  return out;
}

}  // namespace

Result<Blob> as_gzip_layer(std::string bytes, const Digest& diff_id, const LayerCache* cache) {
  const bool compressed_well = is_gzip(bytes);
  std::string content;
  if (compressed_well || is_zstd(bytes)) {
    auto unpacked = compressed_well ? gunzip(bytes, kMaxLayer) : unzstd(bytes);
    if (!unpacked) return fail(std::move(unpacked.error()));
    content = std::move(*unpacked);
  }
  const std::string& plain = content.empty() ? bytes : content;
  if (Digest::of(plain) != diff_id) {
    return fail(ErrorCode::kInvalid,
                "layer " + diff_id.str() + " is damaged: its content has another digest");
  }
  if (compressed_well) return Blob::of(std::string(media_type::kOciLayerGzip), std::move(bytes));

  const std::string compressor = compressor_name(kLevel);
  if (cache != nullptr) {
    if (auto found = cache->find(diff_id, compressor)) return std::move(*found);
  }
  auto compressed = gzip(plain, kLevel);
  if (!compressed) return fail(std::move(compressed.error()));
  Blob blob = Blob::of(std::string(media_type::kOciLayerGzip), std::move(*compressed));
  if (cache != nullptr) cache->put(diff_id, compressor, blob);
  return blob;
}

}  // namespace thimble::image
