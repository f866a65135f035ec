#include "thimble/image/image.h"

#include "thimble/image/media_types.h"
#include <thimble/base/file.h>

namespace thimble::image {

Blob Blob::of(std::string media_type, std::string bytes) {
  Blob blob;
  blob.descriptor = {.media_type = std::move(media_type),
                     .digest = Digest::of(bytes),
                     .size = bytes.size(),
                     .annotations = {},
                     .platform = std::nullopt,
                     .artifact_type = {}};
  blob.bytes = std::move(bytes);
  return blob;
}

Result<std::string> Blob::read(std::size_t limit) const {
  if (!file.empty()) return read_file(file, limit);
  if (bytes.size() > limit) return fail(ErrorCode::kLimit, "blob: too large");
  return bytes;
}

Image Image::assemble(ImageConfig config, std::vector<Blob> layers, Annotations annotations) {
  Image image;
  image.config_blob = Blob::of(std::string(media_type::kOciConfig), config.serialize());
  image.config = std::move(config);
  image.manifest.media_type = media_type::kOciManifest;
  image.manifest.config = image.config_blob.descriptor;
  for (const Blob& layer : layers) image.manifest.layers.push_back(layer.descriptor);
  image.manifest.annotations = std::move(annotations);
  image.layers = std::move(layers);
  image.manifest_blob = Blob::of(std::string(media_type::kOciManifest), image.manifest.serialize());
  return image;
}

}  // namespace thimble::image
