#include "thimble/image/assemble.h"

#include <array>
#include <cstdio>
#include <ctime>

#include "thimble/image/media_types.h"

#include "recompress.h"

namespace thimble::image {
namespace {

constexpr std::string_view kCreatedBy = "thimble build";

// A base's layer as an OCI image has it.
Result<Blob> base_layer(Blob layer, const Digest& diff_id, const LayerCache* cache) {
  if (media_type::is_gzip_layer(layer.descriptor.media_type)) {
    layer.descriptor.media_type = media_type::kOciLayerGzip;
    return layer;
  }
  auto bytes = layer.read(std::size_t{10} << 30);
  if (!bytes) return fail(std::move(bytes.error()));
  if (Digest::of(*bytes) != layer.descriptor.digest) {
    return fail(ErrorCode::kInvalid, "blob " + layer.descriptor.digest.str() + " is damaged");
  }
  return as_gzip_layer(std::move(*bytes), diff_id, cache);
}

// Bases without a history, or with one that does not fit, get one that does: Lambda wants it.
void mend_history(ImageConfig& config) {
  std::size_t layers = 0;
  for (const History& step : config.history) layers += step.empty_layer ? 0 : 1;
  if (layers == config.diff_ids.size()) return;
  config.history.assign(config.diff_ids.size(), History{.created = config.created,
                                                        .created_by = "base image",
                                                        .author = {},
                                                        .comment = {},
                                                        .empty_layer = false});
}

// The base's configuration and layers, where there is a base.
Result<std::vector<Blob>> start_from(Image base, const ImagePlan& plan, const LayerOptions& options,
                                     ImageConfig& config) {
  if (!plan.platform.accepts(base.config.platform)) {
    return fail(ErrorCode::kInvalid, "the base is for " + base.config.platform.str() +
                                         ", not for " + plan.platform.str());
  }
  std::vector<Blob> layers;
  for (std::size_t i = 0; i < base.layers.size(); ++i) {
    auto layer = base_layer(std::move(base.layers[i]), base.config.diff_ids.at(i), options.cache);
    if (!layer) return fail(std::move(layer.error()).during("base image"));
    layers.push_back(std::move(*layer));
  }
  config = std::move(base.config);
  mend_history(config);
  return layers;
}

}  // namespace

std::string rfc3339(std::int64_t seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  std::array<char, 64> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text.data(), size};
}

Result<Image> assemble(ImagePlan plan, const LayerOptions& options) {
  ImageConfig config;
  std::vector<Blob> blobs;
  if (plan.base) {
    auto started = start_from(std::move(*plan.base), plan, options, config);
    if (!started) return fail(std::move(started.error()));
    blobs = std::move(*started);
  }
  std::erase_if(plan.layers, [](const LayerRequest& layer) { return layer.tree.empty(); });
  auto layers = make_layers(plan.layers, options);
  if (!layers) return fail(std::move(layers.error()));

  const std::string created = rfc3339(options.mtime);
  for (Layer& layer : *layers) {
    config.diff_ids.push_back(layer.diff_id);
    config.history.push_back({.created = created,
                              .created_by = std::string(kCreatedBy),
                              .author = {},
                              .comment = std::move(layer.comment),
                              .empty_layer = false});
    blobs.push_back(std::move(layer.blob));
  }

  config.created = created;
  config.platform = plan.platform;
  if (plan.entrypoint) {
    config.entrypoint = std::move(plan.entrypoint);
    config.cmd.reset();
  }
  if (plan.cmd) config.cmd = std::move(plan.cmd);
  if (plan.user) config.user = std::move(*plan.user);
  if (plan.working_dir) config.working_dir = std::move(*plan.working_dir);
  for (const auto& [name, value] : plan.env) config.set_env(name, value);
  for (auto& [name, value] : plan.labels) config.labels[name] = std::move(value);
  return Image::assemble(std::move(config), std::move(blobs), std::move(plan.annotations));
}

}  // namespace thimble::image
