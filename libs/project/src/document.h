#pragma once
// The sections of a thimble.toml, and single values by their keys.

#include <string>
#include <string_view>

#include <thimble/base/result.h>
#include <thimble/project/config.h>

#include "node.h"

namespace thimble::project::detail {

// A thimble.toml that has been read; nothing of it is checked but its syntax.
struct Document {
  const Node& root;
  std::string name;  // "thimble.toml"

  // Makes the functions: one, or one for each of [functions.NAME].
  [[nodiscard]] Result<void> declare_functions(Project& project) const;

  // Sets everything: first the sections, then [env.`environment`], unless that is empty. Of other
  // environments only the errors are found.
  [[nodiscard]] Result<void> assign_all(Project& project, const std::string& environment) const;
};

// Sets what a variable says whose name is THIMBLE_SECTION_KEY; fails if there is such a section but
// no such key. Others change nothing.
[[nodiscard]] Result<void> assign_variable(Project& project, const std::string& name,
                                           const std::string& value);

}  // namespace thimble::project::detail
