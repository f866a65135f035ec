#pragma once
// Packages of Node.js that are folders or files of this machine.

#include <filesystem>
#include <set>
#include <string>
#include <string_view>

#include <thimble/base/result.h>
#include <thimble/image/tree.h>

namespace thimble::project::detail {

// What package.json in `folder` names as "file:../own", "./own" or "own.tgz", and what the
// package.json of that names, and so on: absolute paths. kNotFound for one that is not there and is
// needed for running.
[[nodiscard]] Result<std::set<std::filesystem::path>> find_local_packages(
    const std::filesystem::path& folder);

// Copies a file, or a folder without what npm and others make in it.
[[nodiscard]] Result<void> copy_package(const std::filesystem::path& from,
                                        const std::filesystem::path& to);

// Adds node_modules of the folder `project`, where npm was, as var/task/node_modules. npm links
// local packages: what a link leads to takes its place, unless it is in `application`, too.
[[nodiscard]] Result<void> add_node_modules(const std::filesystem::path& project,
                                            image::Tree& application, image::Tree& to);

}  // namespace thimble::project::detail
