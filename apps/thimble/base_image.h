#pragma once
// The image that another one is built on.

#include <filesystem>
#include <optional>
#include <string>

#include <thimble/base/result.h>
#include <thimble/image/image.h>
#include <thimble/image/image_files.h>
#include <thimble/project/setting.h>

#include "context.h"
#include "registry_access.h"

namespace thimble::cli {

// What is known of a base: itself, its files, and what kind of image it is.
struct BaseImage {
  image::Image image;
  image::ImageFiles files;
  std::string name;       // As it was given.
  bool is_local = false;  // From a file or folder, whose path is this machine's.

  // AWS's own images start /lambda-entrypoint.sh, which starts /var/runtime/bootstrap.
  [[nodiscard]] bool has_lambda_entrypoint() const;

  // They have a runtime client of a language, which is told the handler's name as CMD; the others,
  // "OS-only" ones, start what the function puts at /var/runtime/bootstrap.
  [[nodiscard]] bool has_runtime() const;
};

// `name` is an OCI layout, an archive, or a reference in a registry. For a reference without a
// digest the one in the file `lock` counts, unless `rebase` is true or it has none; the digest used
// is written there.
struct BaseRequest {
  std::string name;
  image::Platform platform;
  std::filesystem::path lock;
  const RegistryFlags& registry;
  bool rebase = false;
  std::filesystem::path folder = {};  // What a relative path begins at; empty: the working folder.
};

// Where a relative path begins that a setting holds: in the project if thimble.toml says it.
[[nodiscard]] std::filesystem::path folder_for(const project::Origin& origin,
                                               const std::filesystem::path& project_folder);
[[nodiscard]] Result<BaseImage> open_base(const BaseRequest& request, const Context& context);

}  // namespace thimble::cli
