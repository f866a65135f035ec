#include "image_source.h"

#include <optional>
#include <system_error>
#include <utility>

#include <thimble/image/layer_cache.h>
#include <thimble/image/open_image.h>
#include <thimble/image/reference.h>

#include "pull_into_cache.h"

namespace thimble::cli {
namespace {

bool is_for_lambda(const image::Platform& platform) {
  return platform.os == "linux" &&
         (platform.architecture == "amd64" || platform.architecture == "arm64");
}

// Whether a name that is no file is meant to be one in a registry.
bool names_a_registry(const std::string& name) {
  const auto reference = image::Reference::parse(name);
  return reference && !name.starts_with('.') && !name.starts_with('/') &&
         name.find_first_of(":/@") != std::string::npos;
}

// Whether a name that could be one of Docker Hub's begins with a folder that is there, and says
// neither a host nor a tag: then it is a path that leads nowhere.
bool is_below_a_folder(const std::string& name) {
  const std::size_t slash = name.find('/');
  if (slash == std::string::npos || name.find_first_of(":@") != std::string::npos) return false;
  const std::string first = name.substr(0, slash);
  if (first.find('.') != std::string::npos || first == "localhost") return false;
  std::error_code error;
  return std::filesystem::is_directory(first, error);
}

// `source` gets what is said of all that is there.
Outcome<std::vector<image::Image>> open_images(const Context& context, const std::string& name,
                                               const std::string& platform,
                                               const RegistryFlags& flags, ImageSource& source) {
  const image::LayerCache cache(context.cache_folder() / "layers");
  std::error_code error;
  if (std::filesystem::exists(name, error) || !names_a_registry(name)) {
    std::vector<image::Descriptor> others;
    auto images = image::open_images(name, &cache, &others);
    if (!images) return fail(failure(ExitCode::kConfig, std::move(images.error())));
    source.others = others.size();
    for (const image::Image& image : *images) {
      source.platforms.push_back(image.config.platform.str());
    }
    return std::move(*images);
  }
  if (is_below_a_folder(name)) {
    return fail(failure(
        ExitCode::kConfig,
        {ErrorCode::kNotFound, "there is no '" + name +
                                   "' in this folder; for the image of that name on Docker Hub say "
                                   "'docker.io/" +
                                   name + "'"}));
  }
  std::optional<image::Index> index;
  auto image =
      pull_into_cache(*image::Reference::parse(name), platform.empty() ? host_platform() : platform,
                      flags, context, &index);
  if (!image) return fail(std::move(image.error()));
  source.is_index = index.has_value();
  for (const image::Descriptor& entry :
       index ? index->manifests : std::vector<image::Descriptor>()) {
    if (entry.platform && entry.platform->architecture != "unknown") {
      source.platforms.push_back(entry.platform->str());
    } else {
      ++source.others;
    }
  }
  return std::vector<image::Image>{std::move(*image)};
}

// One of those of that name.
Result<image::Image> choose(std::vector<image::Image> images, const std::string& name,
                            const std::string& platform) {
  if (!platform.empty()) {
    const auto wanted = image::Platform::parse(platform);
    if (!wanted) return fail(wanted.error());
    auto chosen = image::choose_image(std::move(images), *wanted);
    if (!chosen) return fail(std::move(chosen.error()).during("'" + name + "'"));
    return chosen;
  }
  for (image::Image& image : images) {
    if (is_for_lambda(image.config.platform)) return std::move(image);
  }
  if (images.empty()) return fail(ErrorCode::kNotFound, "'" + name + "' holds no image");
  return std::move(images.front());
}

}  // namespace

Outcome<ImageSource> open_image_source(const Context& context, const std::string& name,
                                       const std::string& platform, const RegistryFlags& flags) {
  ImageSource source;
  auto images = open_images(context, name, platform, flags, source);
  if (!images) return fail(std::move(images.error()));
  auto chosen = choose(std::move(*images), name, platform);
  if (!chosen) return fail(failure(ExitCode::kConfig, std::move(chosen.error())));
  source.is_chosen = !platform.empty();
  source.image = std::move(*chosen);
  return source;
}

}  // namespace thimble::cli
