#pragma once
// Images in a tar file, as `docker save` writes and `docker load` reads it.

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/image/image.h>
#include <thimble/image/layer_cache.h>

namespace thimble::image {

// Writes an archive that is both Docker's (manifest.json) and an OCI layout in a tar file, piece by
// piece. `names` are what Docker is to call the image, complete: "docker.io/library/hello:latest".
[[nodiscard]] Result<void> write_docker_archive(
    const Image& image, const std::vector<Reference>& names,
    const std::function<Result<void>(std::string_view)>& sink);

// The same into a file, all or nothing.
[[nodiscard]] Result<void> write_docker_archive(const Image& image,
                                                const std::vector<Reference>& names,
                                                const std::filesystem::path& file);

// The images of an archive of `docker save`, of podman, or of an OCI layout in a tar file. Layers
// that are not compressed become so; `cache` (may be null) saves doing that again. `others`, if not
// null, gets the entries that are no images.
[[nodiscard]] Result<std::vector<Image>> read_docker_archive(
    const std::filesystem::path& file, const LayerCache* cache,
    std::vector<Descriptor>* others = nullptr);

}  // namespace thimble::image
