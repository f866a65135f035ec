#pragma once
// What runc is given: a folder with a config.json (OCI runtime specification, "Filesystem Bundle").

#include <filesystem>

#include <thimble/base/result.h>

#include "run_plan.h"

namespace thimble::cli {

// Writes a bundle for `root` beside it and returns its folder. The container has this machine's
// network, a process namespace of its own, and few capabilities. As root only.
[[nodiscard]] Result<std::filesystem::path> write_runc_bundle(const std::filesystem::path& root,
                                                              const RunPlan& plan);

}  // namespace thimble::cli
