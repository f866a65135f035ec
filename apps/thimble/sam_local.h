#pragma once
// What `sam local invoke` needs in an image, and Lambda does not.

#include <thimble/base/result.h>
#include <thimble/image/tree.h>

namespace thimble::cli {

// SAM builds an image of its own on top: it copies its emulator in, then runs `mv` and `chmod` in a
// shell. Adds this machine's sh, mv and chmod with their libraries; nothing on a base that has
// them.
[[nodiscard]] Result<void> add_shell(image::Tree& tree, bool on_base);

}  // namespace thimble::cli
