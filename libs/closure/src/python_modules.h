#pragma once
// Which files are a module's.

#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/image/tree.h>

#include "python_stdlib.h"

namespace thimble::closure::detail {

// A tree, and a folder of it where Python looks for modules.
struct ModuleFolder {
  image::Tree& tree;
  std::string path;  // "var/task"
};

// The path of a module below a folder: "email/mime" for "email.mime".
[[nodiscard]] std::string module_path(std::string_view module);

// Whether a file is of the module at `module`, a path without an ending, or of one below it:
// "ssl.py", "ssl.pyc" and "ssl.cpython-311-x86_64-linux-gnu.so" for "ssl", and all that is in
// "ssl/".
[[nodiscard]] bool is_of_module(std::string_view path, std::string_view module);

// Takes the modules ("ssl", "botocore.data") out of the folders that have them, with all that is
// below them and, as "_ssl" is for nobody but "ssl", the extension modules of that name; what went
// is counted in `left_out`. kNotFound if none of the folders has one of them.
[[nodiscard]] Result<void> exclude_modules(const std::vector<std::string>& modules,
                                           const std::vector<ModuleFolder>& folders,
                                           LeftOut& left_out);

}  // namespace thimble::closure::detail
