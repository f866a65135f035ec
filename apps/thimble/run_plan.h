#pragma once
// What starting an image comes to: its program, variables, folder and user, as an engine is told.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/image/image_config.h>

namespace thimble::cli {

struct RunOptions {
  std::uint16_t port = 8080;              // On loopback, where the function is invoked.
  std::vector<std::string> env = {};      // NAME=value, or NAME: this machine's value.
  std::vector<std::string> command = {};  // Instead of the image's.
};

// The image's, for users and groups that are names.
struct AccountFiles {
  std::string passwd;  // /etc/passwd
  std::string group;   // /etc/group
};

struct RunPlan {
  std::vector<std::string> argv;
  std::vector<std::string> env;
  std::string working_dir;
  std::uint32_t user = 0;
  std::uint32_t group = 0;
};

// For an engine that shares this machine's network: the emulator, if the image has it as its
// entrypoint, is told to listen on loopback at the port.
[[nodiscard]] Result<RunPlan> run_plan(const image::ImageConfig& config, const RunOptions& options,
                                       const AccountFiles& accounts);

}  // namespace thimble::cli
