#pragma once
// Images of registries, with their layers in the cache.

#include <string>

#include <thimble/base/result.h>
#include <thimble/image/image.h>
#include <thimble/image/reference.h>

#include "context.h"
#include "registry_access.h"

namespace thimble::cli {

// The image for that platform. Layers that are in the cache already are not fetched again; beyond
// 4 GB the cache loses those used longest ago.
[[nodiscard]] Result<image::Image> pull_into_cache(const image::Reference& reference,
                                                   const std::string& platform,
                                                   const RegistryFlags& flags,
                                                   const Context& context);

}  // namespace thimble::cli
