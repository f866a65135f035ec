#pragma once
// Images on this machine, in whatever form they are.

#include <filesystem>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/image/image.h>
#include <thimble/image/layer_cache.h>

namespace thimble::image {

// The images of an OCI layout (a folder) or of an archive (a file). `others`, if not null, gets the
// entries of a layout that are no images.
[[nodiscard]] Result<std::vector<Image>> open_images(const std::filesystem::path& path,
                                                     const LayerCache* cache,
                                                     std::vector<Descriptor>* others = nullptr);

// The one that runs on `platform`; an error that lists what there is.
[[nodiscard]] Result<Image> choose_image(std::vector<Image> images, const Platform& platform);

// Of the texts of a manifest and a configuration, whose descriptors and layers agree; the layers'
// blobs have no bytes yet.
[[nodiscard]] Result<Image> image_of(Blob manifest, Blob config);

}  // namespace thimble::image
