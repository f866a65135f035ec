// thimble run: starts an image on this machine, as a function that can be invoked.

#include <unistd.h>

#include <filesystem>
#include <memory>

#include <CLI/CLI.hpp>

#include <thimble/base/random_id.h>
#include <thimble/base/subprocess.h>
#include <thimble/image/image_files.h>
#include <thimble/image/reference.h>

#include "engine.h"
#include "image_source.h"
#include "root_folder.h"
#include "run_plan.h"
#include "runc_bundle.h"
#include "start.h"
#include "verbs.h"

namespace thimble::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string image = std::string(kBuiltImage);
  std::string engine;
  std::string platform;
  RegistryFlags registry;
  RunOptions run;
  std::vector<std::string> engine_args;
};

// "hello" of ".thimble/hello", as a name that engines accept.
image::Reference name_for(const std::string& path, const image::Image& image) {
  std::string name;
  for (const char c : fs::path(path).lexically_normal().stem().string()) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (plain) name += c;
  }
  if (name.empty()) name = "image";
  return {.registry = "localhost",
          .repository = "thimble/" + name,
          .tag = image.digest().hex().substr(0, 12),
          .digest = std::nullopt};
}

Failure run_in_engine(const std::string& engine, const image::Image& image, const Options& options,
                      Context& context) {
  const image::Reference name = name_for(options.image, image);
  if (auto loaded = load_into(engine, image, name); !loaded) {
    return {ExitCode::kEngine, std::move(loaded.error())};
  }
  std::vector<std::string> argv{engine, "run", "--rm", "-p",
                                "127.0.0.1:" + std::to_string(options.run.port) + ":8080"};
  for (const std::string& entry : options.run.env) argv.insert(argv.end(), {"-e", entry});
  argv.insert(argv.end(), options.engine_args.begin(), options.engine_args.end());
  argv.push_back(name.str());
  argv.insert(argv.end(), options.run.command.begin(), options.run.command.end());
  context.stop_waiting_for_signals();
  return {ExitCode::kEngine, become(argv)};
}

Failure run_alone(const std::string& engine, const image::Image& image, const Options& options,
                  Context& context) {
  const auto root = root_folder(image, context);
  if (!root) return {ExitCode::kEngine, root.error()};
  const auto plan =
      run_plan(image.config, options.run,
               {.passwd = account_file(*root, "passwd"), .group = account_file(*root, "group")});
  if (!plan) return {ExitCode::kConfig, plan.error()};
  if (engine == "runc") {
    const auto bundle = write_runc_bundle(*root, *plan);
    if (!bundle) return {ExitCode::kEngine, bundle.error()};
    std::vector<std::string> argv{"runc"};
    argv.insert(argv.end(), options.engine_args.begin(), options.engine_args.end());
    argv.insert(argv.end(),
                {"run", "--bundle", bundle->string(), "thimble-" + RandomIds().hex(12)});
    context.stop_waiting_for_signals();
    return {ExitCode::kEngine, become(argv)};
  }
  context.stop_waiting_for_signals();
  return {ExitCode::kEngine, become_in(*root, *plan)};
}

// The engine to use. Without a wish: docker or podman, if one of them answers, else runc, else
// none.
Result<std::string> choose_engine(const std::string& wanted) {
  if (wanted == "none") return wanted;
  const bool runc_works = run({.argv = {"runc", "--version"}, .merge_stderr = true}).has_value();
  if (wanted == "runc") {
    if (!runc_works) return fail(ErrorCode::kNotFound, "runc is not installed");
    return wanted;
  }
  auto engine = find_engine(wanted);
  if (engine || !wanted.empty()) return engine;
  return runc_works && ::geteuid() == 0 ? "runc" : "none";
}

void run_image(const Options& options, Context& context) {
  const auto source = open_image_source(context, options.image, options.platform, options.registry);
  if (!source) return context.fail(source.error());
  const auto engine = choose_engine(options.engine);
  if (!engine) return context.fail({ExitCode::kEngine, engine.error()});
  context.say("thimble: " + source->image.digest().str().substr(0, 19) + " with " +
              (*engine == "none" ? "no engine" : *engine) +
              ", at http://127.0.0.1:" + std::to_string(options.run.port));
  const bool engine_has_network = *engine != "runc" && *engine != "none";
  context.fail(engine_has_network ? run_in_engine(*engine, source->image, options, context)
                                  : run_alone(*engine, source->image, options, context));
}

}  // namespace

void add_run(CLI::App& program, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand("run", "Start an image on this machine");
  verb->add_option("image", options->image, "An OCI layout or an archive of docker save")
      ->capture_default_str();
  verb->add_option("command", options->run.command, "Instead of the image's CMD");
  verb->add_option("-p,--port", options->run.port, "Where it can be invoked, on loopback")
      ->capture_default_str();
  verb->add_option("-e,--env", options->run.env, "A variable, NAME=value")->allow_extra_args(false);
  verb->add_option("--engine", options->engine,
                   "docker, podman, runc, or none: a user namespace or chroot")
      ->check(CLI::IsMember({"docker", "podman", "runc", "none"}));
  verb->add_option("--engine-arg", options->engine_args, "Passed on to the engine")
      ->allow_extra_args(false);
  verb->add_option("--platform", options->platform, "Which image, of several: linux/arm64");
  add_connection_flags(*verb, options->registry);
  verb->callback([options, &context] { run_image(*options, context); });
}

}  // namespace thimble::cli
