#pragma once
// Puts a tree on top of other files without breaking them, as COPY of a Dockerfile does.

#include <string>

#include "thimble/closure/file_view.h"
#include <thimble/base/result.h>
#include <thimble/image/tree.h>

namespace thimble::closure {

// Moves what is in `tree` to where the links of `below` lead: "bin/tool" becomes "usr/bin/tool"
// where bin is a link to usr/bin. Folders that are there already keep their mode and owner.
// kInvalid if something of `tree` is below a file of `below`.
[[nodiscard]] Result<void> place_tree(image::Tree& tree, const FileView& below);

// The first path of `tree`, once it is placed, that would replace a folder of `below`; empty: none.
[[nodiscard]] std::string replaced_folder(const image::Tree& tree, const FileView& below);

}  // namespace thimble::closure
