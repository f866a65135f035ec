#pragma once
// How an image is started.

#include <thimble/base/result.h>
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

}  // namespace thimble::cli
