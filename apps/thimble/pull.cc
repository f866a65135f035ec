// thimble pull: brings an image out of a registry into an OCI layout.

#include <memory>
#include <system_error>
#include <utility>

#include <CLI/CLI.hpp>

#include <thimble/base/unfinished.h>
#include <thimble/image/oci_layout.h>
#include <thimble/image/reference.h>

#include "registry_access.h"
#include "transfer_bars.h"
#include "verbs.h"

namespace thimble::cli {
namespace {

struct Options {
  std::string name;
  std::string folder;
  std::string platform;
  std::string blobs;
  RegistryFlags registry;
};

std::optional<Failure> pull_it(const Options& options, const Context& context) {
  const auto source = image::Reference::parse(options.name);
  if (!source) return failure(ExitCode::kUsage, source.error());
  std::optional<image::Platform> platform;
  if (!options.platform.empty()) {
    auto wanted = image::Platform::parse(options.platform);
    if (!wanted) return failure(ExitCode::kUsage, std::move(wanted.error()));
    platform = std::move(*wanted);
  }
  auto access = RegistryAccess::open(context, options.registry);
  if (!access) return failure(ExitCode::kConfig, std::move(access.error()));

  // Beside the layout, so that its blobs can be moved or linked there.
  std::filesystem::path folder = std::filesystem::path(options.folder).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  const Unfinished own_blobs(folder);
  TransferBars bars(context, options.registry.quiet);
  auto image = access->client().pull(
      *source,
      {.folder = options.blobs.empty() ? own_blobs.path() : std::filesystem::path(options.blobs),
       .platform = platform,
       .on_progress = [&bars](const registry::Progress& progress) { bars.show(progress); }});
  if (!image) return failure(ExitCode::kRegistry, std::move(image.error()));
  const std::string name = source->tag;
  if (auto written = image::write_oci_layout(folder, {*image}, name); !written) {
    return failure(ExitCode::kConfig, std::move(written.error()));
  }
  context.print(image->digest().str() + "\n");
  return std::nullopt;
}

}  // namespace

void add_pull(CLI::App& program, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand("pull", "Bring an image out of a registry");
  verb->add_option("name", options->name, "Registry, repository and tag: host/team/hello:v1")
      ->required();
  verb->add_option("-o,--output", options->folder, "The OCI layout to write")->required();
  verb->add_option("--platform", options->platform, "Which image of an index: linux/arm64");
  verb->add_option("--blobs", options->blobs, "A folder to keep layers in, and to find them in")
      ->type_name("FOLDER");
  add_registry_flags(*verb, options->registry);
  verb->callback([options, &context] {
    if (const auto failed = pull_it(*options, context)) context.fail(*failed);
  });
}

}  // namespace thimble::cli
