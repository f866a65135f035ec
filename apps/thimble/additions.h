#pragma once
// What is put into an image besides the handler: files of the project, /opt of other images.

#include <filesystem>
#include <string>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/image/manifest.h>
#include <thimble/image/tree.h>
#include <thimble/project/config.h>

#include "build_image.h"
#include "context.h"

namespace thimble::cli {

// The /opt of an image: functions that are images cannot attach layers.
struct Extension {
  std::string name;
  image::Tree tree;
};

struct Additions {
  image::Tree files;
  std::vector<Extension> extensions;
};

// What `image.add` and `image.extensions` of the function name.
[[nodiscard]] Result<Additions> read_additions(const ImageRequest& request, const Context& context);

}  // namespace thimble::cli
