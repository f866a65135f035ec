#include "base_image.h"

#include <system_error>

#include <thimble/image/media_types.h>
#include <thimble/image/open_image.h>
#include <thimble/image/reference.h>

#include "base_lock.h"
#include "pull_into_cache.h"

namespace thimble::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kAwsEntrypoint = "/lambda-entrypoint.sh";

Result<image::Image> from_disk(const fs::path& path, const BaseRequest& request,
                               const Context& context) {
  const image::LayerCache cache(context.cache_folder() / "layers");
  auto images = image::open_images(path.string(), &cache);
  if (!images) return fail(std::move(images.error()));
  return image::choose_image(std::move(*images), request.platform);
}

Result<image::Image> from_registry(const BaseRequest& request, const Context& context) {
  auto reference = image::Reference::parse(request.name);
  if (!reference) return fail(std::move(reference.error()));
  if (!reference->digest) {
    auto lock = BaseLock::read(request.lock);
    if (!lock) return fail(std::move(lock.error()));
    auto digest = request.rebase ? std::nullopt : lock->find(request.name);
    if (!digest) {
      auto access = RegistryAccess::open(context, request.registry);
      if (!access) return fail(std::move(access.error()));
      auto descriptor = access->client().resolve(*reference);
      if (!descriptor) return fail(std::move(descriptor.error()));
      digest = descriptor->digest;
      if (auto written = lock->set(request.name, *digest); !written) return fail(written.error());
    }
    reference->digest = digest;
  }
  auto image = pull_into_cache(*reference, request.platform.str(), request.registry, context);
  if (!image) return fail(std::move(image.error().error));
  return std::move(*image);
}

}  // namespace

bool BaseImage::has_lambda_entrypoint() const {
  const auto& entrypoint = image.config.entrypoint;
  return entrypoint && !entrypoint->empty() && entrypoint->front() == kAwsEntrypoint;
}

bool BaseImage::has_runtime() const {
  return files.resolve("var/runtime/bootstrap").has_value();
}

Result<BaseImage> open_base(const BaseRequest& request, const Context& context) {
  const std::string what = "base '" + request.name + "'";
  std::error_code error;
  const fs::path path = request.folder / request.name;
  const bool is_local = fs::exists(path, error);
  auto image = is_local ? from_disk(path, request, context) : from_registry(request, context);
  if (!image) return fail(std::move(image.error()).during(what));
  auto files = image::ImageFiles::load(*image);
  if (!files) return fail(std::move(files.error()).during(what));
  return BaseImage{std::move(*image), std::move(*files), request.name, is_local};
}

fs::path folder_for(const project::Origin& origin, const fs::path& project_folder) {
  const bool in_file =
      origin.source == project::Source::kFile || origin.source == project::Source::kEnvironment;
  return in_file ? project_folder : fs::path();
}

}  // namespace thimble::cli
