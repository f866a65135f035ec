// thimble build: turns a handler into an image.

#include <memory>

#include <CLI/CLI.hpp>

#include <thimble/image/assemble.h>
#include <thimble/image/docker_archive.h>
#include <thimble/image/oci_layout.h>

#include "engine.h"
#include "progress.h"
#include "system_layer.h"
#include "verbs.h"

namespace thimble::cli {
namespace {

struct Options {
  std::vector<std::string> command;
  std::string output = ".thimble/image";
  bool no_emulator = false;
};

Result<image::Image> build_image(const Options& options, Context& context) {
  const auto platform = image::Platform::parse("linux/amd64");
  const auto mtime = context.build_time();
  if (!mtime) return fail(mtime.error());
  SystemFiles files;
  if (!options.no_emulator) {
    const auto emulator = context.emulator_for(platform->architecture);
    if (!emulator) return fail(emulator.error());
    files.emulator = *emulator;
  }
  const std::filesystem::path program = options.command.front();
  files.certificates = wants_certificates({program});
  auto system = system_layer(files);
  if (!system) return fail(std::move(system.error()));
  image::Tree app;
  const std::string target = "var/task/" + program.filename().string();
  if (auto added = app.add_file(target, program); !added) return fail(added.error());

  image::ImagePlan plan;
  plan.platform = *platform;
  plan.layers = {{std::move(*system), "emulator", 12}, {std::move(app), "handler", 6}};
  plan.user = std::to_string(kDefaultUser) + ":" + std::to_string(kDefaultUser);
  plan.working_dir = "/var/task";
  plan.entrypoint = {"/lambda-entrypoint"};
  plan.cmd = {"/" + target};
  const image::LayerCache cache(context.cache_folder() / "layers");
  return image::assemble(std::move(plan), {.mtime = *mtime, .cache = &cache});
}

void build(const Options& options, Context& context) {
  Progress progress(context, false);
  progress.step("assemble");
  auto image = build_image(options, context);
  if (!image) return context.fail({ExitCode::kConfig, std::move(image.error())});
  progress.step("write " + options.output);
  if (auto written = image::write_oci_layout(options.output, {*image}, "latest"); !written) {
    return context.fail({ExitCode::kConfig, std::move(written.error())});
  }
  progress.done();
  context.print(image->digest().str() + "\n");
}

}  // namespace

void add_build(CLI::App& program, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand("build", "Turn a handler into an image");
  verb->add_option("--command", options->command, "The program to start")->required();
  verb->add_option("-o,--output", options->output, "Where to write the image");
  verb->add_flag("--no-emulator", options->no_emulator, "Leave the emulator out");
  verb->callback([options, &context] { build(*options, context); });
}

}  // namespace thimble::cli
