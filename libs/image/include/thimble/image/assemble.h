#pragma once
// Puts an image together: a base or nothing, layers, and how it is started.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/image/image.h>
#include <thimble/image/layer.h>

namespace thimble::image {

// What an image is to be. What is not said here is the base's.
struct ImagePlan {
  std::optional<Image> base = {};  // None: from scratch.
  Platform platform = {};
  std::vector<LayerRequest> layers =
      {};  // What changes least first; those of empty trees are left out.

  std::optional<std::string> user = {};
  std::optional<std::string> working_dir = {};
  std::optional<std::vector<std::string>> entrypoint = {};  // Clears the base's command, too.
  std::optional<std::vector<std::string>> cmd = {};
  std::map<std::string, std::string> env = {};
  std::map<std::string, std::string> labels = {};
  Annotations annotations = {};
};

// Makes the layers and both JSON texts. The image is one that Lambda takes: OCI's media types, gzip
// layers (a base's are compressed anew where they are not), one history entry for each layer.
// kInvalid if the base is for another platform. `options.mtime` is the image's date, too.
[[nodiscard]] Result<Image> assemble(ImagePlan plan, const LayerOptions& options);

// Seconds since 1970 as RFC 3339 has them: "1970-01-01T00:00:00Z".
[[nodiscard]] std::string rfc3339(std::int64_t seconds);

}  // namespace thimble::image
