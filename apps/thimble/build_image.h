#pragma once
// One function, for one platform, as an image.

#include <filesystem>
#include <string>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/image/image.h>
#include <thimble/image/sbom.h>
#include <thimble/project/config.h>

#include "context.h"
#include "progress.h"
#include "registry_access.h"

namespace thimble::cli {

struct ImageRequest {
  const project::Project& project;
  const project::Function& function;
  image::Platform platform;
  const RegistryFlags& registry;
  bool sam_local = false;    // With the shell and the root user that SAM's own build step needs.
  bool certificates = true;  // If the handler looks for them.
  bool rebase = false;       // Bases as they are now, not as the lock has them.
  bool use_cache = true;
  bool list_packages = false;  // For an SBOM.
  bool verbose = false;        // Shows what the language's tool writes.
  std::vector<std::string> allowed_secrets = {};
  std::vector<std::filesystem::path> outputs = {};  // Not part of the function.
};

struct BuiltImage {
  image::Image image;
  // What was taken from this machine's Debian packages, and from crates: it is not to be told from
  // the image. Only if it was asked for.
  std::vector<image::Package> packages = {};
};

[[nodiscard]] Result<BuiltImage> build_image(const ImageRequest& request, const Context& context,
                                             Progress& progress);

}  // namespace thimble::cli
