#pragma once
// What a Python project wants installed, as its requirements.txt or pyproject.toml says it.

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/result.h>

namespace thimble::project::detail {

struct Requirements {
  std::vector<std::string> files;     // Paths of requirements files for pip.
  std::vector<std::string> contents;  // Theirs, and of those they name.
  std::vector<std::string> more;      // Requirements themselves.
  std::set<std::string> names;        // Of what is installed, normalised (PEP 503).
  bool has_local = false;  // A folder or file is installed, which may change without notice.

  [[nodiscard]] bool empty() const { return files.empty() && more.empty(); }
};

// Of the project in `folder`: requirements.txt, else [project] dependencies of pyproject.toml (PEP
// 621). kInvalid for a pyproject.toml that says elsewhere what to install.
[[nodiscard]] Result<Requirements> find_requirements(const std::filesystem::path& folder);

// A name as indexes compare it: "Foo_Bar" is "foo-bar" (PEP 503).
[[nodiscard]] std::string normalised_name(std::string_view name);

}  // namespace thimble::project::detail
