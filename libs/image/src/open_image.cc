#include "thimble/image/open_image.h"

#include <system_error>

#include "thimble/image/docker_archive.h"
#include "thimble/image/oci_layout.h"

namespace thimble::image {

namespace fs = std::filesystem;

Result<std::vector<Image>> open_images(const fs::path& path, const LayerCache* cache,
                                       std::vector<Descriptor>* others) {
  std::error_code error;
  if (fs::is_directory(path, error)) {
    if (is_oci_layout(path)) return read_oci_layout(path, {}, others);
    return fail(ErrorCode::kInvalid, "'" + path.string() + "' is a folder, but no OCI layout");
  }
  return read_docker_archive(path, cache, others);
}

Result<Image> choose_image(std::vector<Image> images, const Platform& platform) {
  std::string there;
  for (Image& image : images) {
    if (platform.accepts(image.config.platform)) return std::move(image);
    there += (there.empty() ? "" : ", ") + image.config.platform.str();
  }
  return fail(ErrorCode::kNotFound, "no image for " + platform.str() +
                                        ", only: " + (there.empty() ? "none at all" : there));
}

Result<Image> image_of(Blob manifest_blob, Blob config_blob) {
  auto manifest = Manifest::parse(manifest_blob.bytes);
  if (!manifest) return fail(std::move(manifest.error()));
  auto config = ImageConfig::parse(config_blob.bytes);
  if (!config) return fail(std::move(config.error()));
  if (config->diff_ids.size() != manifest->layers.size()) {
    return fail(ErrorCode::kInvalid, "the manifest has " + std::to_string(manifest->layers.size()) +
                                         " layers, the configuration " +
                                         std::to_string(config->diff_ids.size()));
  }
  Image image;
  manifest_blob.descriptor.media_type = manifest->media_type;
  for (const Descriptor& descriptor : manifest->layers) {
    Blob layer;
    layer.descriptor = descriptor;
    image.layers.push_back(std::move(layer));
  }
  image.manifest = std::move(*manifest);
  image.config = std::move(*config);
  image.manifest_blob = std::move(manifest_blob);
  image.config_blob = std::move(config_blob);
  return image;
}

}  // namespace thimble::image
