#pragma once
// Becomes another program, here or in a folder that is its root.

#include <filesystem>
#include <string>
#include <vector>

#include <thimble/base/result.h>

#include "run_plan.h"

namespace thimble::cli {

// Replaces this process; returns only if that fails. Signals are no longer blocked.
[[nodiscard]] Error become(const std::vector<std::string>& argv);

// The same with `root` as its root folder and the plan's user: as root by chroot in a mount
// namespace of its own, else in a user namespace, where the plan's user is the caller. /proc and
// /dev are this machine's.
[[nodiscard]] Error become_in(const std::filesystem::path& root, const RunPlan& plan);

}  // namespace thimble::cli
