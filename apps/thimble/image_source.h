#pragma once
// The image that a verb is told to work on.

#include <string>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/image/image.h>

#include "context.h"
#include "registry_access.h"

namespace thimble::cli {

// An image, and what was beside it.
struct ImageSource {
  image::Image image;
  std::vector<std::string> platforms;  // Of all images there.
  std::size_t others = 0;              // Entries there that are no images: attestations.
  bool is_chosen = false;              // By `platform`, out of all these.
  bool is_index = false;               // In a registry, the name is that of an index of all these.
};

// `name` is an OCI layout (a folder), an archive of `docker save`, or an image in a registry.
// `platform` chooses one of several; empty: the first for Lambda, linux/amd64 or linux/arm64, else
// the first, and of a registry's the one for this machine. Fails with kRegistry if it is the
// registry that has, or gives, no such image.
[[nodiscard]] Outcome<ImageSource> open_image_source(const Context& context,
                                                     const std::string& name,
                                                     const std::string& platform,
                                                     const RegistryFlags& flags);

}  // namespace thimble::cli
