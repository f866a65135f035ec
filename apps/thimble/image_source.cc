#include "image_source.h"

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

Result<std::vector<image::Image>> open_images(const Context& context, const std::string& name,
                                              const std::string& platform,
                                              const RegistryFlags& flags) {
  const image::LayerCache cache(context.cache_folder() / "layers");
  std::error_code error;
  if (std::filesystem::exists(name, error) || !names_a_registry(name)) {
    return image::open_images(name, &cache);
  }
  auto image = pull_into_cache(*image::Reference::parse(name),
                               platform.empty() ? host_platform() : platform, flags, context);
  if (!image) return fail(std::move(image.error()));
  return std::vector<image::Image>{std::move(*image)};
}

}  // namespace

Result<ImageSource> open_image_source(const Context& context, const std::string& name,
                                      const std::string& platform, const RegistryFlags& flags) {
  auto images = open_images(context, name, platform, flags);
  if (!images) return fail(std::move(images.error()));
  ImageSource source;
  for (const image::Image& image : *images) source.platforms.push_back(image.config.platform.str());
  if (!platform.empty()) {
    const auto wanted = image::Platform::parse(platform);
    if (!wanted) return fail(wanted.error());
    auto chosen = image::choose_image(std::move(*images), *wanted);
    if (!chosen) return fail(std::move(chosen.error()).during("'" + name + "'"));
    source.platforms = {chosen->config.platform.str()};
    source.image = std::move(*chosen);
    return source;
  }
  for (image::Image& image : *images) {
    if (!is_for_lambda(image.config.platform)) continue;
    source.image = std::move(image);
    return source;
  }
  if (images->empty()) return fail(ErrorCode::kNotFound, "'" + name + "' holds no image");
  source.image = std::move(images->front());
  return source;
}

}  // namespace thimble::cli
