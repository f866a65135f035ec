#pragma once
// docker and podman, as programs on this machine.

#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/env.h>
#include <thimble/base/result.h>
#include <thimble/image/image.h>
#include <thimble/image/reference.h>

namespace thimble::cli {

// The engine to use: `wanted` ("docker", "podman"), or the first of these on PATH that answers.
// Fails with what it said when it does not.
[[nodiscard]] Result<std::string> find_engine(std::string_view wanted);

// Gives the engine an image, which it then calls by `name`.
[[nodiscard]] Result<void> load_into(std::string_view engine, const image::Image& image,
                                     const image::Reference& name);

}  // namespace thimble::cli
