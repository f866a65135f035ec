#pragma once
// Compiles the Python modules of a tree, the same way every time.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "thimble/closure/python_closure.h"
#include <thimble/base/result.h>
#include <thimble/image/tree.h>

namespace thimble::closure::detail {

struct CompileOptions {
  bool drop_sources = false;
  std::filesystem::path cache = {};
  std::uint64_t cache_limit = 0;
  unsigned jobs = 1;
};

// Adds "x/__pycache__/y.cpython-311.pyc" to each "x/y.py"; with `drop_sources`, "x/y.pyc" takes its
// place. A source that does not compile is left as it is. The code's file name is its path in the
// image.
[[nodiscard]] Result<void> compile_python(const PythonInstall& python, image::Tree& tree,
                                          const CompileOptions& options);

// Of "x/y.py": where Python looks for its compiled form.
[[nodiscard]] std::string compiled_path(std::string_view source, std::string_view cache_tag);

}  // namespace thimble::closure::detail
