#pragma once
// What of the standard library a handler can need.

#include <cstdint>
#include <map>
#include <string>

#include "thimble/closure/python_closure.h"
#include <thimble/base/result.h>
#include <thimble/image/tree.h>

namespace thimble::closure::detail {

// Bytes of what was left out, by its name: "test", "config-3.11-x86_64-linux-gnu".
using LeftOut = std::map<std::string, std::uint64_t>;

// Adds the sources, data files and extension modules of `python` below `home`: those that a handler
// can need, or the `whole` of them without what is this machine's own.
[[nodiscard]] Result<void> add_standard_library(const PythonInstall& python, std::string_view home,
                                                bool whole, image::Tree& tree, LeftOut& left_out);

// Where the standard library is below `home`: "var/lang/lib/python3.11".
[[nodiscard]] std::string standard_library_path(const PythonInstall& python, std::string_view home);

}  // namespace thimble::closure::detail
