#pragma once
// Python in an image from scratch: the interpreter, its library, compiled modules.

#include <thimble/base/result.h>
#include <thimble/project/toolchain.h>

#include "handler.h"

namespace thimble::cli {

// Fills the handler's trees: this machine's interpreter, what of its library a handler may need,
// the packages and the application, all with compiled modules.
[[nodiscard]] Result<void> add_python(Handler& handler, const project::Artifact& artifact,
                                      const HandlerOptions& options);

}  // namespace thimble::cli
