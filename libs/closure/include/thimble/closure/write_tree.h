#pragma once
// Puts a tree on disk, to run what is in it.

#include <filesystem>

#include <thimble/base/result.h>
#include <thimble/image/tree.h>

namespace thimble::closure {

// Writes all of it below `folder`, which is made, and which nobody else can write to: its links are
// those of the tree and may lead anywhere. Files that are there already are kInvalid. Folders and
// files get the modes of the tree and belong to who calls.
[[nodiscard]] Result<void> write_tree(const image::Tree& tree, const std::filesystem::path& folder);

}  // namespace thimble::closure
