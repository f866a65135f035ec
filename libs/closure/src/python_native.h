#pragma once
// The native libraries that an interpreter and extension modules need.

#include <string>
#include <string_view>
#include <vector>

#include "thimble/closure/file_view.h"
#include "thimble/closure/python_closure.h"
#include <thimble/base/result.h>

namespace thimble::closure::detail {

// Adds them to `closure.runtime` or, where only packages or the app need them, to
// `closure.packages`, and sets `closure.missing`. They are taken from `found` if it is not null: a
// closure that had all of them; else from this machine. `include` as in NativeClosureOptions.
[[nodiscard]] Result<void> add_native_libraries(PythonClosure& closure, std::string_view home,
                                                const std::vector<std::string>& include,
                                                const FileView* base, const FileView* found);

}  // namespace thimble::closure::detail
