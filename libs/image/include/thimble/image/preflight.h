#pragma once
// What Lambda would refuse about an image, or trip over, found before it is pushed.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/image/image.h>
#include <thimble/image/image_files.h>

namespace thimble::image {

enum class Severity : std::uint8_t {
  kNote,     // Worth knowing.
  kWarning,  // Does not do what it looks like, or may fail.
  kError,    // Lambda refuses the image, or the function does not start.
};

[[nodiscard]] std::string_view name_of(Severity severity);
[[nodiscard]] Result<Severity> severity_of(std::string_view name);

// One thing found. `id` never changes its meaning: programs may rely on it.
struct Finding {
  std::string id;
  Severity severity = Severity::kNote;
  std::string message;

  friend bool operator==(const Finding&, const Finding&) = default;
};

// How a container of this image starts, as far as that can be told without starting it. Paths are
// those of ImageFiles, links followed.
struct StartPlan {
  std::vector<std::string> argv;      // ENTRYPOINT and CMD.
  std::vector<std::string> programs;  // Files of the image that are executed, in their order.
  std::string working_dir;            // WORKDIR without a slash in front.
};

// Manifest and configuration: ids "manifest.*", "layers.*", "history.*", "platform.*", "env.*",
// "config.*".
[[nodiscard]] std::vector<Finding> check_manifest(const Image& image);

// The layers as they were read, possibly without `verify`: "layers.*".
[[nodiscard]] std::vector<Finding> check_layers(const Image& image, const ImageFiles& files);

// The files: "start.*", "handler.*", "files.*", "workdir.*", "tmp.*". `plan` gets what is started.
[[nodiscard]] std::vector<Finding> check_files(const Image& image, const ImageFiles& files,
                                               StartPlan& plan);

// Machine code for a processor that is not the image's: "platform.binaries".
[[nodiscard]] std::vector<Finding> check_binaries(const Image& image, const ImageFiles& files);

// Whether a variable of that name is likely to hold a secret, so that its value is not shown.
[[nodiscard]] bool is_secret_name(std::string_view name);

}  // namespace thimble::image
