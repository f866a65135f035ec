// thimble unpack: writes the files of an image into a folder.

#include <thimble/image/unpack.h>

#include <unistd.h>

#include <cstdio>
#include <memory>
#include <system_error>

#include <CLI/CLI.hpp>

#include <thimble/base/unfinished.h>
#include <thimble/image/image_files.h>

#include "image_source.h"
#include "progress.h"
#include "verbs.h"

namespace thimble::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostNotes = 20;

struct Options {
  std::string image;
  std::string folder;
  std::string platform;
  RegistryFlags registry;
  bool owners = false;
};

Outcome<image::UnpackReport> unpack_image(const Options& options, const Context& context) {
  auto source = open_image_source(context, options.image, options.platform, options.registry);
  if (!source) return fail(std::move(source.error()));
  auto files = image::ImageFiles::load(
      source->image, {.scratch = std::string(context.env().value_or("TMPDIR", "/tmp"))});
  if (!files) return fail(failure(ExitCode::kConfig, std::move(files.error())));

  fs::path folder = fs::path(options.folder).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  const std::string what = "unpack to '" + options.folder + "'";
  std::error_code error;
  if (fs::exists(folder, error) &&
      (!fs::is_directory(folder, error) || !fs::is_empty(folder, error))) {
    return fail(failure(ExitCode::kConfig,
                        {ErrorCode::kBusy, what + ": it is no empty folder; choose another"}));
  }
  // All or nothing, also when the program is interrupted.
  Unfinished unfinished(folder);
  auto report = image::unpack(*files, unfinished.path(), {.owners = options.owners});
  if (!report) return fail(failure(ExitCode::kConfig, std::move(report.error())));
  if (::rename(unfinished.path().c_str(), folder.c_str()) != 0) {
    return fail(failure(ExitCode::kConfig, system_error(what)));
  }
  unfinished.finish();
  return std::move(*report);
}

void unpack(const Options& options, Context& context) {
  if (options.owners && ::geteuid() != 0) {
    return context.fail(
        {ExitCode::kUsage, {ErrorCode::kPermission, "--owners takes root: run it with sudo"}});
  }
  const auto report = unpack_image(options, context);
  if (!report) return context.fail(report.error());
  std::size_t noted = 0;
  for (const std::string& path : report->skipped) {
    if (++noted > kMostNotes) break;
    context.say("thimble: left out '" + image::printable(path) + "', a device or a pipe");
  }
  if (report->skipped.size() > kMostNotes) {
    context.say("thimble: left out " + std::to_string(report->skipped.size() - kMostNotes) +
                " others");
  }
  context.say(std::to_string(report->files) + " files, " + std::to_string(report->folders) +
              " folders, " + std::to_string(report->links) + " links, " +
              human_size(report->bytes));
  context.print(options.folder + "\n");
}

}  // namespace

void add_unpack(CLI::App& program, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand("unpack", "Write the files of an image into a folder");
  verb->add_option("image", options->image, "An OCI layout or an archive of docker save")
      ->required();
  verb->add_option("folder", options->folder, "A new or empty folder")->required();
  verb->add_option("--platform", options->platform, "Which image, of several: linux/arm64");
  add_connection_flags(*verb, options->registry);
  verb->add_flag("--owners", options->owners,
                 "Keep owners, setuid and setgid as the image has them (takes root)");
  verb->callback([options, &context] { unpack(*options, context); });
}

}  // namespace thimble::cli
