#include "thimble/image/layer.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "thimble/image/media_types.h"
#include <thimble/hash/sha256.h>

#include "gzip.h"
#include "gzip_file.h"
#include "tar_writer.h"

namespace thimble::image {
namespace {

// The archive and its digest. One copy in memory: libdeflate needs the whole.
struct Archive {
  std::string bytes;
  Digest diff_id;
};

Result<Archive> archive(const Tree& tree, const TarOptions& options, std::uint64_t size) {
  std::string bytes;
  bytes.reserve(static_cast<std::size_t>(size));
  hash::Sha256 hash;
  auto written = write_tar(tree, options, [&](std::string_view part) -> Result<void> {
    bytes += part;
    hash.update(part);
    return {};
  });
  if (!written) return fail(std::move(written.error()));
  return Archive{std::move(bytes), Digest(hash.finish())};
}

// An archive that is never in memory as a whole.
Result<Layer> make_large_layer(const LayerRequest& request, const LayerOptions& options) {
  auto file = GzipFile::open(options.large_folder);
  if (!file) return fail(std::move(file.error()));
  hash::Sha256 hash;
  std::uint64_t size = 0;
  auto written = write_tar(request.tree, {options.mtime, options.owner, options.group},
                           [&](std::string_view part) -> Result<void> {
                             hash.update(part);
                             size += part.size();
                             return file->write(part);
                           });
  if (!written) return fail(std::move(written.error()));
  auto blob = file->finish();
  if (!blob) return fail(std::move(blob.error()));
  return Layer{.blob = std::move(*blob),
               .diff_id = Digest(hash.finish()),
               .unpacked = size,
               .comment = request.comment};
}

Result<Layer> make_layer(const LayerRequest& request, const LayerOptions& options) {
  const auto size = tar_size(request.tree, {options.mtime, options.owner, options.group});
  if (!size) return fail(size.error());
  if (*size > options.streamed_above) return make_large_layer(request, options);
  auto tar = archive(request.tree, {options.mtime, options.owner, options.group}, *size);
  if (!tar) return fail(std::move(tar.error()));
  Layer layer{.blob = {},
              .diff_id = tar->diff_id,
              .unpacked = tar->bytes.size(),
              .comment = request.comment};
  const std::string compressor = compressor_name(request.level);
  if (options.cache != nullptr) {
    if (auto found = options.cache->find(layer.diff_id, compressor)) {
      layer.blob = std::move(*found);
      return layer;
    }
  }
  auto compressed = gzip(tar->bytes, request.level);
  if (!compressed) return fail(std::move(compressed.error()));
  layer.blob = Blob::of(std::string(media_type::kOciLayerGzip), std::move(*compressed));
  if (options.cache != nullptr) options.cache->put(layer.diff_id, compressor, layer.blob);
  return layer;
}

}  // namespace

Result<std::vector<Layer>> make_layers(const std::vector<LayerRequest>& requests,
                                       const LayerOptions& options) {
  std::vector<Result<Layer>> made(requests.size(), fail(ErrorCode::kInvalid, "not made"));
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t at = next++; at < requests.size(); at = next++) {
      made[at] = make_layer(requests[at], options);
    }
  };
  {
    const unsigned processors = std::max(1U, std::thread::hardware_concurrency());
    const std::size_t count =
        std::min<std::size_t>(requests.size(), options.threads != 0 ? options.threads : processors);
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < count; ++i) threads.emplace_back(work);
    work();
  }
  std::vector<Layer> layers;
  for (std::size_t i = 0; i < made.size(); ++i) {
    if (!made[i]) {
      return fail(std::move(made[i].error()).during("layer of " + requests[i].comment));
    }
    layers.push_back(std::move(*made[i]));
  }
  return layers;
}

}  // namespace thimble::image
