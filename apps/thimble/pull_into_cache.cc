#include "pull_into_cache.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <thimble/base/file.h>
#include <thimble/image/layer_cache.h>

namespace thimble::cli {
namespace {

constexpr std::uint64_t kMostBytes = 4'000'000'000;
constexpr std::size_t kMaxIndex = std::size_t{4} << 20;

// The index that the reference names, which a pull has read a moment ago.
Result<image::Index> read_index(registry::Client& client, const image::Reference& reference,
                                const std::filesystem::path& folder) {
  if (reference.digest) {
    const auto kept = read_file(folder / reference.digest->hex(), kMaxIndex);
    if (kept && image::Digest::of(*kept) == *reference.digest) return image::Index::parse(*kept);
  }
  const auto blob = client.manifest(reference);
  if (!blob) return fail(blob.error());
  return image::Index::parse(blob->bytes);
}

}  // namespace

Outcome<image::Image> pull_into_cache(const image::Reference& reference,
                                      const std::string& platform, const RegistryFlags& flags,
                                      const Context& context, std::optional<image::Index>* index) {
  auto wanted = image::Platform::parse(platform);
  if (!wanted) return fail(failure(ExitCode::kConfig, std::move(wanted.error())));
  auto access = RegistryAccess::open(context, flags);
  if (!access) return fail(failure(ExitCode::kConfig, std::move(access.error())));
  const std::filesystem::path folder = context.cache_folder() / "blobs";
  auto image = access->client().pull(
      reference, {.folder = folder, .keeps_all = true, .platform = std::move(*wanted)});
  if (!image) return fail(failure(ExitCode::kRegistry, std::move(image.error())));
  // Only the entries of an index say what a manifest is for.
  if (index != nullptr && image->manifest_blob.descriptor.platform) {
    auto named = read_index(access->client(), reference, folder);
    if (!named) return fail(failure(ExitCode::kRegistry, std::move(named.error())));
    *index = std::move(*named);
  }
  for (const image::Blob& layer : image->layers) {
    ::utimensat(AT_FDCWD, layer.file.c_str(), nullptr, 0);
  }
  image::remove_oldest(folder, kMostBytes);
  return std::move(*image);
}

}  // namespace thimble::cli
