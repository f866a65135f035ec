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

// Its /etc/passwd or /etc/group, by its `name`; empty without one.
[[nodiscard]] std::string account_file(const std::filesystem::path& root, const char* name);

}  // namespace thimble::cli
