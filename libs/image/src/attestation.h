#pragma once
// Entries of indexes that are beside images and are none.

#include "thimble/image/manifest.h"

namespace thimble::image {

// Whether a manifest's entry in an index is not an image: BuildKit's attestations say so.
[[nodiscard]] inline bool is_attestation(const Descriptor& descriptor) {
  return descriptor.annotations.contains("vnd.docker.reference.type") ||
         (descriptor.platform && descriptor.platform->os == "unknown");
}

}  // namespace thimble::image
