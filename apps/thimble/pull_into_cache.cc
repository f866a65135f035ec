#include "pull_into_cache.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <thimble/image/layer_cache.h>

namespace thimble::cli {
namespace {

constexpr std::uint64_t kMostBytes = 4'000'000'000;

}  // namespace

Result<image::Image> pull_into_cache(const image::Reference& reference, const std::string& platform,
                                     const RegistryFlags& flags, const Context& context) {
  auto wanted = image::Platform::parse(platform);
  if (!wanted) return fail(std::move(wanted.error()));
  auto access = RegistryAccess::open(context, flags);
  if (!access) return fail(std::move(access.error()));
  const std::filesystem::path folder = context.cache_folder() / "blobs";
  auto image = access->client().pull(
      reference, {.folder = folder, .keeps_all = true, .platform = std::move(*wanted)});
  if (!image) return image;
  for (const image::Blob& layer : image->layers) {
    ::utimensat(AT_FDCWD, layer.file.c_str(), nullptr, 0);
  }
  image::remove_oldest(folder, kMostBytes);
  return image;
}

}  // namespace thimble::cli
