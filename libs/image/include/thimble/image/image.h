#pragma once
// An image in hand: its manifest, its configuration, and where the bytes of its layers are.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/image/image_config.h>
#include <thimble/image/manifest.h>
#include <thimble/image/reference.h>

namespace thimble::image {

// Content and where it is: in memory, or in a file that holds it and nothing else.
struct Blob {
  Descriptor descriptor;
  std::string bytes;
  std::filesystem::path file;       // Used if not empty.
  std::optional<Reference> origin;  // The repository it came from: it can be mounted from there.

  // Of bytes in memory.
  [[nodiscard]] static Blob of(std::string media_type, std::string bytes);

  // All of it, at most `limit` bytes; its digest is not checked again.
  [[nodiscard]] Result<std::string> read(std::size_t limit = std::size_t{1} << 30) const;
};

// One image for one platform. `manifest`, `config` are what the blobs' bytes say.
struct Image {
  Manifest manifest;
  ImageConfig config;
  Blob manifest_blob;
  Blob config_blob;
  std::vector<Blob> layers;  // In the manifest's order.

  [[nodiscard]] const Digest& digest() const { return manifest_blob.descriptor.digest; }

  // Of a configuration and layers, whose digests it has: writes both JSON texts.
  [[nodiscard]] static Image assemble(ImageConfig config, std::vector<Blob> layers,
                                      Annotations annotations);
};

}  // namespace thimble::image
