#pragma once
// Images on their way to a registry, with bars.

#include <vector>

#include <thimble/base/result.h>
#include <thimble/image/image.h>
#include <thimble/image/reference.h>

#include "context.h"
#include "registry_access.h"

namespace thimble::cli {

// Pushes one image, or several with an index of them, and returns the digest that the name stands
// for then. Says on stderr what became of each blob; on a terminal, how many bytes of it are there.
[[nodiscard]] Result<image::Digest> push_images(const std::vector<image::Image>& images,
                                                const image::Reference& reference,
                                                const RegistryFlags& flags, const Context& context);

}  // namespace thimble::cli
