#include <algorithm>
#include <map>
#include <utility>

#include <thimble/image/image_config.h>
#include <thimble/image/media_types.h>

#include "operations.h"
#include "parallel.h"

namespace thimble::registry {
namespace {

namespace media_type = image::media_type;

constexpr std::uint64_t kMaxConfig = std::uint64_t{8} << 20;

// What an index offers, for a message; attestations call their platform "unknown".
std::string platforms_of(const image::Index& index) {
  std::string all;
  for (const image::Descriptor& entry : index.manifests) {
    if (!entry.platform || entry.platform->architecture == "unknown") continue;
    if (!all.empty()) all += ", ";
    all += entry.platform->str();
  }
  return all.empty() ? "no platform at all" : all;
}

Result<image::Descriptor> choose(const image::Index& index,
                                 const std::optional<image::Platform>& wanted) {
  if (!wanted) {
    const auto is_image = [](const image::Descriptor& entry) {
      return entry.platform && entry.platform->architecture != "unknown";
    };
    if (std::ranges::count_if(index.manifests, is_image) == 1) {
      return *std::ranges::find_if(index.manifests, is_image);
    }
    return fail(ErrorCode::kInvalid, "it is an index of several images: choose a platform out of " +
                                         platforms_of(index));
  }
  const image::Descriptor* found = nullptr;
  for (const image::Descriptor& entry : index.manifests) {
    if (!entry.platform || !wanted->accepts(*entry.platform)) continue;
    if (found == nullptr || *entry.platform == *wanted) found = &entry;
  }
  if (found == nullptr) {
    return fail(ErrorCode::kNotFound,
                "there is no image for '" + wanted->str() + "', only for: " + platforms_of(index));
  }
  return *found;
}

std::filesystem::path kept_folder(const PullOptions& options) {
  return options.keeps_all ? options.folder : std::filesystem::path();
}

// The manifest of one image: what the reference names, or out of the index that it names.
Result<image::Blob> find_manifest(Session& session, const image::Reference& reference,
                                  const PullOptions& options, const std::stop_token& stop) {
  const std::filesystem::path kept = kept_folder(options);
  auto blob = get_manifest(session, reference, stop, kept);
  if (!blob || !media_type::is_index(blob->descriptor.media_type)) return blob;
  const auto index = image::Index::parse(blob->bytes);
  if (!index) return fail(index.error());
  const auto chosen = choose(*index, options.platform);
  if (!chosen) return fail(chosen.error());
  image::Reference one = reference;
  one.tag.clear();
  one.digest = chosen->digest;
  if (chosen->size > kMaxManifest) {
    return fail(ErrorCode::kLimit, "manifest '" + chosen->digest.str() + "' is larger than 4 MiB");
  }
  auto manifest = get_manifest(session, one, stop, kept);
  if (!manifest) return manifest;
  if (!media_type::is_manifest(manifest->descriptor.media_type)) {
    return fail(ErrorCode::kInvalid, "an index in an index is not read");
  }
  if (manifest->descriptor.size != chosen->size) {
    return fail(ErrorCode::kInvalid, "the index is wrong about the size of a manifest");
  }
  manifest->descriptor.platform = chosen->platform;
  return manifest;
}

Result<void> check_sizes(const image::Manifest& manifest, std::uint64_t most) {
  if (manifest.config.media_type != media_type::kOciConfig &&
      manifest.config.media_type != media_type::kDockerConfig) {
    return fail(ErrorCode::kInvalid,
                "it is no image: its configuration is '" + manifest.config.media_type + "'");
  }
  if (manifest.config.size > kMaxConfig) {
    return fail(ErrorCode::kLimit, "its configuration is larger than 8 MiB");
  }
  std::uint64_t left = most;
  for (const image::Descriptor& layer : manifest.layers) {
    if (layer.size > left) {
      return fail(ErrorCode::kLimit,
                  "its layers are larger than " + std::to_string(most) + " bytes");
    }
    left -= layer.size;
  }
  return {};
}

Result<void> check_config(const image::Image& image, const PullOptions& options) {
  const image::Platform& platform = image.config.platform;
  if (options.platform && !options.platform->accepts(platform)) {
    return fail(ErrorCode::kNotFound,
                "it is for '" + platform.str() + "', not for '" + options.platform->str() + "'");
  }
  if (image.config.diff_ids.size() != image.layers.size()) {
    return fail(ErrorCode::kInvalid, "it has " + std::to_string(image.layers.size()) +
                                         " layers, its configuration knows " +
                                         std::to_string(image.config.diff_ids.size()));
  }
  return {};
}

}  // namespace

Result<image::Image> pull_image(Session& session, const image::Reference& reference,
                                const PullOptions& options, const std::stop_token& stop) {
  auto manifest_blob = find_manifest(session, reference, options, stop);
  if (!manifest_blob) return fail(std::move(manifest_blob.error()));
  auto manifest = image::Manifest::parse(manifest_blob->bytes);
  if (!manifest) return fail(std::move(manifest.error()));
  if (auto good = check_sizes(*manifest, options.max_bytes); !good) {
    return fail(std::move(good.error()));
  }
  auto text =
      download_small(session, reference.repository, manifest->config, stop, kept_folder(options));
  if (!text) return fail(std::move(text.error()).during("configuration"));
  auto config = image::ImageConfig::parse(*text);
  if (!config) return fail(std::move(config.error()));

  image::Image image;
  image.manifest = std::move(*manifest);
  image.config = std::move(*config);
  image.manifest_blob = std::move(*manifest_blob);
  image.config_blob.descriptor = image.manifest.config;
  image.config_blob.bytes = std::move(*text);
  image.config_blob.origin = reference;

  std::map<image::Digest, const image::Descriptor*> wanted;
  for (const image::Descriptor& layer : image.manifest.layers) {
    image::Blob blob;
    blob.descriptor = layer;
    blob.file = options.folder / layer.digest.hex();
    blob.origin = reference;
    image.layers.push_back(std::move(blob));
    const auto [known, is_new] = wanted.emplace(layer.digest, &layer);
    if (!is_new && known->second->size != layer.size) {
      return fail(ErrorCode::kInvalid, "two layers of one digest have different sizes");
    }
  }
  if (auto good = check_config(image, options); !good) return fail(std::move(good.error()));

  std::vector<const image::Descriptor*> layers;
  for (const auto& [digest, layer] : wanted) layers.push_back(layer);
  // The largest first: the last one to end decides how long it takes.
  std::ranges::sort(layers, std::greater(), &image::Descriptor::size);
  Reporter reporter(options.on_progress);
  auto pulled = for_each_of(layers.size(), options.parallel, stop,
                            [&](std::size_t i, std::stop_token ending) -> Result<void> {
                              auto path = download(session, reference.repository, *layers[i],
                                                   options.folder, reporter, std::move(ending));
                              if (!path) return fail(std::move(path.error()));
                              return {};
                            });
  if (!pulled) return fail(std::move(pulled.error()));
  return image;
}

}  // namespace thimble::registry
