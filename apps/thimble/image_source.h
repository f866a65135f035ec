#pragma once
// The image that a verb is told to work on.

#include <string>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/image/image.h>

#include "context.h"
#include "registry_access.h"

namespace thimble::cli {

// An image, and whether others were beside it.
struct ImageSource {
  image::Image image;
  std::vector<std::string> platforms;  // Of all images there, if none was chosen.
};

// `name` is an OCI layout (a folder) or an archive of `docker save`. `platform` chooses one of
// several; empty: the first for Lambda, linux/amd64 or linux/arm64, else the first.
[[nodiscard]] Result<ImageSource> open_image_source(const Context& context, const std::string& name,
                                                    const std::string& platform,
                                                    const RegistryFlags& flags);

}  // namespace thimble::cli
