#pragma once
// What of installed packages goes into an image, and whether it can run there.

#include "thimble/closure/python_closure.h"
#include <thimble/base/result.h>
#include <thimble/closure/elf_file.h>
#include <thimble/image/tree.h>

namespace thimble::closure::detail {

// Leaves out compiled modules and what pip writes down about the machine it ran on: scripts with
// the interpreter's path, hashes of such files, where a package came from.
[[nodiscard]] Result<image::Tree> clean_packages(const image::Tree& packages);

// Fails if a library in `tree` is for another machine or another version of Python; names them.
[[nodiscard]] Result<void> check_libraries(const PythonInstall& python, const Machine& machine,
                                           const image::Tree& tree);

// Whether a file is an ELF file that can be loaded, by its name and its first bytes.
[[nodiscard]] bool is_library(std::string_view path, const image::TreeEntry& entry);

}  // namespace thimble::closure::detail
