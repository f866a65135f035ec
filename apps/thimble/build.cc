// thimble build: turns a handler into an image.

#include <filesystem>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>

#include <thimble/image/docker_archive.h>
#include <thimble/image/oci_layout.h>
#include <thimble/json/writer.h>
#include <thimble/project/config.h>

#include "build_image.h"
#include "engine.h"
#include "push_images.h"
#include "sbom_file.h"
#include "verbs.h"

namespace thimble::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string folder = ".";
  std::string function;
  std::string environment;
  std::vector<std::pair<std::string, std::string>> settings;  // Keys of thimble.toml, by flags.
  std::vector<std::string> platforms;
  std::string output;
  std::string name;
  std::optional<std::string> load;
  std::string push;
  RegistryFlags registry;
  std::string sbom;
  std::vector<std::string> allowed_secrets;
  bool sam_local = false;
  bool rebase = false;
  bool no_cache = false;
  bool no_certificates = false;
  bool json = false;
  bool verbose = false;
};

// A flag that is a key of thimble.toml.
struct SettingFlag {
  const char* flag;
  const char* key;
  const char* help;
};
constexpr SettingFlag kSettings[] = {
    {"--command", "function.command", "What starts in the image, instead of what the folder holds"},
    {"--handler", "function.handler", "The handler, app.handler"},
    {"--base", "image.base", "The image to build on: a reference, an OCI layout, an archive"},
    {"--user", "image.user", "Whom the handler runs as, UID[:GID]"},
    {"--python", "image.python", "The Python to take, python3.11"},
    {"--slim", "image.slim",
     "What of Python to leave out: off, on, or trace: all that no event needs"},
};

// What one function became.
struct Built {
  std::string name;
  std::vector<image::Image> images;
  image::Digest digest = image::Digest::of("");
  std::string output;
};

Result<project::Project> load_project(const Options& options, const Context& context) {
  project::LoadOptions load{.folder = options.folder, .env = context.env()};
  load.environment = options.environment;
  for (const auto& [flag, value] : options.settings) {
    for (const SettingFlag& setting : kSettings) {
      if (flag == setting.flag) load.flags.push_back({setting.key, value, flag});
    }
    if (flag == "--no-emulator") load.flags.push_back({"image.emulator", "false", flag});
  }
  return project::load(load);
}

Result<std::vector<const project::Function*>> functions_of(const project::Project& project,
                                                           const std::string& name) {
  std::vector<const project::Function*> functions;
  if (!name.empty()) {
    auto function = project.find_function(name);
    if (!function) return fail(std::move(function.error()));
    functions.push_back(*function);
    return functions;
  }
  for (const project::Function& function : project.functions) functions.push_back(&function);
  return functions;
}

Result<std::vector<image::Platform>> platforms_of(const Options& options,
                                                  const project::Function& function) {
  std::vector<image::Platform> platforms;
  for (const std::string& text : options.platforms) {
    auto platform = image::Platform::parse(text);
    if (!platform) return fail(std::move(platform.error()));
    platforms.push_back(std::move(*platform));
  }
  if (platforms.empty()) platforms = *function.image.platforms;
  if (platforms.empty()) {
    auto platform = image::Platform::parse(project::name_of(*function.arch));
    if (!platform) return fail(std::move(platform.error()));
    platforms.push_back(std::move(*platform));
  }
  return platforms;
}

// Where the image goes if nobody says so: in the project, one folder for each of several functions.
fs::path default_output(const project::Project& project, const project::Function& function) {
  const fs::path image = project.folder / kBuiltImage;
  return project.functions.size() > 1 ? image.parent_path() / ("image-" + *function.name) : image;
}

Result<image::Reference> reference_of(const Options& options, const project::Function& function) {
  return image::Reference::parse(options.name.empty() ? "thimble/" + *function.name : options.name);
}

bool is_archive(const fs::path& path) {
  return path.extension() == ".tar";
}

// The image as a file or a folder. Nothing if it only goes elsewhere.
Result<void> write_output(const Options& options, const project::Project& project,
                          const project::Function& function, Built& built) {
  const bool elsewhere = options.load.has_value() || !options.push.empty();
  if (options.output.empty() && elsewhere) return {};
  const fs::path path =
      options.output.empty() ? default_output(project, function) : fs::path(options.output);
  built.output = path.lexically_normal().string();
  if (!is_archive(path)) return image::write_oci_layout(path, built.images, "latest");
  if (built.images.size() > 1) {
    return fail(ErrorCode::kInvalid,
                "an archive holds one platform: name a folder instead of '" + options.output + "'");
  }
  const auto name = reference_of(options, function);
  if (!name) return fail(name.error());
  return image::write_docker_archive(built.images.front(), {*name}, path);
}

Result<void> load(const Options& options, const project::Function& function, const Built& built) {
  const auto engine = find_engine(*options.load);
  if (!engine) return fail(engine.error());
  const auto name = reference_of(options, function);
  if (!name) return fail(name.error());
  return load_into(*engine, built.images.front(), *name);
}

Failure failed(ExitCode code, const Error& error) {
  return {code, error};
}

std::optional<Failure> build_function(const Options& options, const project::Project& project,
                                      const project::Function& function, const Context& context,
                                      Progress& progress, Built& built) {
  const auto platforms = platforms_of(options, function);
  if (!platforms) return failed(ExitCode::kConfig, platforms.error());
  built.name = *function.name;
  for (const image::Platform& platform : *platforms) {
    ImageRequest request{.project = project,
                         .function = function,
                         .platform = platform,
                         .registry = options.registry};
    request.sam_local = options.sam_local;
    request.certificates = !options.no_certificates;
    request.rebase = options.rebase;
    request.use_cache = !options.no_cache;
    request.verbose = options.verbose;
    request.list_packages = !options.sbom.empty();
    request.allowed_secrets = options.allowed_secrets;
    for (const std::string& output : {options.output, options.sbom}) {
      if (!output.empty()) request.outputs.push_back(fs::absolute(output));
    }
    auto image = build_image(request, context, progress);
    if (!image) return failed(ExitCode::kConfig, image.error());
    if (!options.sbom.empty()) {
      progress.step("list packages");
      const auto written =
          write_sbom(options.sbom, built.name, *image, context.build_time().value());
      if (!written) return failed(ExitCode::kConfig, written.error());
      progress.detail(options.sbom);
    }
    built.images.push_back(std::move(image->image));
  }
  built.digest = built.images.size() == 1 ? built.images.front().digest()
                                          : image::index_of(built.images).descriptor.digest;

  progress.step("write");
  if (auto written = write_output(options, project, function, built); !written) {
    return failed(ExitCode::kConfig, written.error());
  }
  progress.detail(built.output);
  if (options.load) {
    progress.step("load");
    if (auto loaded = load(options, function, built); !loaded) {
      return failed(ExitCode::kEngine, loaded.error());
    }
  }
  progress.done();
  if (!options.push.empty()) {
    auto reference = image::Reference::parse(options.push);
    if (!reference) return failed(ExitCode::kUsage, reference.error());
    const auto pushed = push_images(built.images, *reference, options.registry, context);
    if (!pushed) return failed(ExitCode::kRegistry, pushed.error());
  }
  return std::nullopt;
}

void write_json(json::Writer& out, const Built& built) {
  out.begin_object();
  out.key("name").string(built.name);
  out.key("digest").string(built.digest.str());
  if (!built.output.empty()) out.key("output").string(built.output);
  out.key("images").begin_array();
  for (const image::Image& image : built.images) {
    std::uint64_t size = 0;
    for (const image::Blob& layer : image.layers) size += layer.descriptor.size;
    out.begin_object();
    out.key("platform").string(image.config.platform.str());
    out.key("digest").string(image.digest().str());
    out.key("size").integer(size);
    out.key("layers").begin_array();
    for (std::size_t i = 0; i < image.layers.size(); ++i) {
      out.begin_object();
      out.key("digest").string(image.layers[i].descriptor.digest.str());
      out.key("diffId").string(image.config.diff_ids[i].str());
      out.key("size").integer(image.layers[i].descriptor.size);
      out.end_object();
    }
    out.end_array().end_object();
  }
  out.end_array().end_object();
}

// Digests alone, a line each; with several functions their names in front.
void print(const Options& options, const std::vector<Built>& all, const Context& context) {
  std::string text;
  if (options.json) {
    json::Writer out(text);
    if (all.size() > 1) out.begin_array();
    for (const Built& built : all) write_json(out, built);
    if (all.size() > 1) out.end_array();
    text += "\n";
  } else {
    for (const Built& built : all) {
      text += (all.size() > 1 ? built.name + " " : "") + built.digest.str() + "\n";
    }
  }
  context.print(text);
}

// What can be told to be wrong before anything is built.
Result<void> check(const Options& options) {
  if (options.sbom.empty()) return {};
  if (options.platforms.size() > 1) {
    return fail(ErrorCode::kInvalid, "--sbom describes one image: name one --platform with it");
  }
  if (auto format = sbom_format(options.sbom); !format) return fail(format.error());
  return {};
}

void build(const Options& options, Context& context) {
  if (auto checked = check(options); !checked) {
    return context.fail({ExitCode::kUsage, checked.error()});
  }
  const auto project = load_project(options, context);
  if (!project) return context.fail({ExitCode::kConfig, project.error()});
  const auto functions = functions_of(*project, options.function);
  if (!functions) return context.fail({ExitCode::kConfig, functions.error()});
  if (functions->size() > 1 && (!options.output.empty() || !options.sbom.empty() ||
                                !options.push.empty() || !options.name.empty())) {
    return context.fail({ExitCode::kUsage,
                         {ErrorCode::kInvalid,
                          "the project has several functions: say which with "
                          "--function, or leave --output, --push and --tag out"}});
  }
  Progress progress(context, options.registry.quiet);
  std::vector<Built> all;
  for (const project::Function* function : *functions) {
    Built built;
    const auto failure = build_function(options, *project, *function, context, progress, built);
    if (failure) {
      progress.abandon();
      return context.fail(*failure);
    }
    all.push_back(std::move(built));
  }
  print(options, all, context);
}

}  // namespace

void add_build(CLI::App& program, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand("build", "Turn a handler into an image");
  verb->add_option("folder", options->folder, "Of the project")->capture_default_str();
  for (const SettingFlag& setting : kSettings) {
    const std::string flag = setting.flag;
    verb->add_option_function<std::string>(
        flag,
        [options, flag](const std::string& value) { options->settings.emplace_back(flag, value); },
        setting.help);
  }
  verb->add_flag_callback(
      "--no-emulator", [options] { options->settings.emplace_back("--no-emulator", ""); },
      "Leave the emulator out: the image runs on Lambda only");
  verb->add_option("--platform", options->platforms, "linux/amd64, linux/arm64, or both")
      ->delimiter(',')
      ->allow_extra_args(false);
  verb->add_option("--function", options->function, "Which of several functions");
  verb->add_option("--env", options->environment, "The [env.NAME] of thimble.toml to use");
  verb->add_option("-o,--output", options->output,
                   "An OCI layout (a folder), or an archive for docker load (FILE.tar)");
  verb->add_option("-t,--tag", options->name, "What the image is called, hello:v1");
  verb->add_option("--load", options->load,
                   "Give the image to docker or podman, whichever is there")
      ->expected(0, 1)
      ->default_str("")
      ->check(CLI::IsMember({"", "docker", "podman"}));
  verb->add_option("--push", options->push, "Push it to a registry, under this name");
  add_connection_flags(*verb, options->registry);
  verb->add_option("--sbom", options->sbom,
                   "List the packages in FILE.spdx.json (SPDX) or FILE.cdx.json (CycloneDX)");
  verb->add_option("--allow-secret", options->allowed_secrets,
                   "A file, or a folder, that looks like a secret and is none")
      ->allow_extra_args(false);
  verb->add_flag("--sam-local", options->sam_local,
                 "Add what 'sam local invoke' needs: a shell, and root");
  verb->add_flag("--rebase", options->rebase,
                 "Use bases as they are now and write thimble.lock anew");
  verb->add_flag("--no-cache", options->no_cache, "Compress every layer anew");
  verb->add_flag("--no-certificates", options->no_certificates,
                 "Leave this machine's certificates out");
  verb->add_flag("--json", options->json, "Say on stdout, as JSON, what was built");
  verb->add_flag("-q,--quiet", options->registry.quiet, "Say nothing but errors on stderr");
  verb->add_flag("-v,--verbose", options->verbose, "Show what the language's tool writes");
  verb->callback([options, &context] { build(*options, context); });
}

}  // namespace thimble::cli
