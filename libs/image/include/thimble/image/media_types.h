#pragma once
// The media types of images, literally: OCI image specification 1.1 and Docker's manifest v2.

#include <string_view>

namespace thimble::image::media_type {

inline constexpr std::string_view kOciManifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view kOciIndex = "application/vnd.oci.image.index.v1+json";
inline constexpr std::string_view kOciConfig = "application/vnd.oci.image.config.v1+json";
inline constexpr std::string_view kOciLayer = "application/vnd.oci.image.layer.v1.tar";
inline constexpr std::string_view kOciLayerGzip = "application/vnd.oci.image.layer.v1.tar+gzip";
inline constexpr std::string_view kOciLayerZstd = "application/vnd.oci.image.layer.v1.tar+zstd";

inline constexpr std::string_view kDockerManifest =
    "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr std::string_view kDockerList =
    "application/vnd.docker.distribution.manifest.list.v2+json";
inline constexpr std::string_view kDockerConfig = "application/vnd.docker.container.image.v1+json";
inline constexpr std::string_view kDockerLayerGzip =
    "application/vnd.docker.image.rootfs.diff.tar.gzip";
inline constexpr std::string_view kDockerLayer = "application/vnd.docker.image.rootfs.diff.tar";

[[nodiscard]] constexpr bool is_index(std::string_view type) {
  return type == kOciIndex || type == kDockerList;
}
[[nodiscard]] constexpr bool is_manifest(std::string_view type) {
  return type == kOciManifest || type == kDockerManifest;
}
[[nodiscard]] constexpr bool is_gzip_layer(std::string_view type) {
  return type == kOciLayerGzip || type == kDockerLayerGzip;
}

}  // namespace thimble::image::media_type
