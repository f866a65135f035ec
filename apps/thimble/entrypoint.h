#pragma once
// How an image is started.

#include <string>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/closure/file_view.h>
#include <thimble/image/assemble.h>
#include <thimble/project/config.h>

#include "base_image.h"
#include "handler.h"

namespace thimble::cli {

// On a base of AWS's: by its own script, which is told the handler. An OS-only one gets what it
// starts, /var/runtime/bootstrap.
[[nodiscard]] Result<void> start_by_base(image::ImagePlan& plan, Handler& handler,
                                         const project::Function& function, const BaseImage& base);

// Else: by the emulator, or at once. A handler's name is the command, so that it can be changed
// alone, as Lambda's image configuration does.
void start(image::ImagePlan& plan, const Handler& handler, bool emulator);

// Whether what the command names by a path is a file there that anybody may execute: Lambda runs it
// as a user of its own.
[[nodiscard]] Result<void> check_command(const std::vector<std::string>& command,
                                         const closure::FileView& image);

}  // namespace thimble::cli
