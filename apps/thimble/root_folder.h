#pragma once
// An image's files in a folder, kept for the next run.

#include <filesystem>
#include <string>
#include <string_view>

#include <thimble/base/result.h>
#include <thimble/image/image.h>

#include "context.h"

namespace thimble::cli {

// The folder is in the cache, named by the image's digest; made now if it is not there. The five
// used last are kept.
[[nodiscard]] Result<std::filesystem::path> root_folder(const image::Image& image,
                                                        const Context& context);

// Its /etc/passwd; empty without one.
[[nodiscard]] std::string passwd_in(const std::filesystem::path& root);

}  // namespace thimble::cli
