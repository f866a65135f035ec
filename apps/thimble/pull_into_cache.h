#pragma once
// Images of registries, with their layers in the cache.

#include <optional>
#include <string>

#include <thimble/base/result.h>
#include <thimble/image/image.h>
#include <thimble/image/manifest.h>
#include <thimble/image/reference.h>

#include "context.h"
#include "registry_access.h"

namespace thimble::cli {

// The image for that platform. Layers that are in the cache already are not fetched again; beyond
// 4 GB the cache loses those used longest ago. `index`, if not null, gets the index that the image
// was taken out of, if it was. Fails with kRegistry if it is the registry that fails.
[[nodiscard]] Outcome<image::Image> pull_into_cache(const image::Reference& reference,
                                                    const std::string& platform,
                                                    const RegistryFlags& flags,
                                                    const Context& context,
                                                    std::optional<image::Index>* index = nullptr);

}  // namespace thimble::cli
