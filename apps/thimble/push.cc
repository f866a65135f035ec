// thimble push: puts an image that is on this machine into a registry.

#include <memory>
#include <utility>

#include <CLI/CLI.hpp>

#include <thimble/image/layer_cache.h>
#include <thimble/image/oci_layout.h>
#include <thimble/image/open_image.h>
#include <thimble/image/reference.h>

#include "registry_access.h"
#include "transfer_bars.h"
#include "verbs.h"

namespace thimble::cli {
namespace {

struct Options {
  std::string name;
  std::string source{kBuiltImage};
  std::string platform;
  std::uint64_t chunk_bytes = 0;
  RegistryFlags registry;
};

std::optional<Failure> push_it(const Options& options, const Context& context) {
  const auto target = image::Reference::parse(options.name);
  if (!target) return failure(ExitCode::kUsage, target.error());
  const image::LayerCache cache(context.cache_folder() / "layers");
  auto images = image::open_images(options.source, &cache);
  if (!images) return failure(ExitCode::kConfig, std::move(images.error()));
  if (images->empty()) {
    return failure(ExitCode::kConfig,
                   {ErrorCode::kNotFound, "'" + options.source + "' holds no image"});
  }
  if (!options.platform.empty()) {
    const auto wanted = image::Platform::parse(options.platform);
    if (!wanted) return failure(ExitCode::kUsage, wanted.error());
    auto chosen = image::choose_image(std::move(*images), *wanted);
    if (!chosen) return failure(ExitCode::kConfig, std::move(chosen.error()));
    images->assign(1, std::move(*chosen));
  }

  auto access = RegistryAccess::open(context, options.registry);
  if (!access) return failure(ExitCode::kConfig, std::move(access.error()));
  TransferBars bars(context, options.registry.quiet);
  const registry::PushOptions how{
      .chunk_bytes = options.chunk_bytes,
      .on_progress = [&bars](const registry::Progress& progress) { bars.show(progress); }};
  auto digest = images->size() == 1
                    ? access->client().push(images->front(), *target, how)
                    : access->client().push_index(image::index_of(*images), *images, *target, how);
  if (!digest) return failure(ExitCode::kRegistry, std::move(digest.error()));
  context.print(digest->str() + "\n");
  return std::nullopt;
}

}  // namespace

void add_push(CLI::App& program, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand("push", "Put an image into a registry");
  verb->add_option("name", options->name, "Registry, repository and tag: host/team/hello:v1")
      ->required();
  verb->add_option("--layout", options->source, "The OCI layout or archive to push")
      ->capture_default_str();
  verb->add_option("--platform", options->platform, "Only that image of several: linux/arm64");
  verb->add_option("--chunk-size", options->chunk_bytes,
                   "Send layers in pieces, for a proxy that refuses large requests")
      ->type_name("BYTES");
  add_registry_flags(*verb, options->registry);
  verb->callback([options, &context] {
    if (const auto failed = push_it(*options, context)) context.fail(*failed);
  });
}

}  // namespace thimble::cli
