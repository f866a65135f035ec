#include "build_image.h"

#include <algorithm>
#include <deque>
#include <optional>

#include <thimble/base/file.h>
#include <thimble/closure/place_tree.h>
#include <thimble/image/assemble.h>
#include <thimble/project/secrets.h>
#include <thimble/project/toolchain.h>

#include "additions.h"
#include "base_image.h"
#include "entrypoint.h"
#include "handler.h"
#include "image_view.h"
#include "sam_local.h"
#include "system_layer.h"

namespace thimble::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTaskRoot = "/var/task";
constexpr const char* kLockFile = "thimble.lock";

// The emulator changes seldom and is compressed once; the handler with each build, while somebody
// waits: 8 % larger than with 6, in two fifths of the time.
constexpr int kSmall = 12;
constexpr int kSmaller = 9;
constexpr int kUsual = 6;
constexpr int kFast = 1;

Result<void> check_secrets(const Handler& handler, const ImageRequest& request) {
  const project::SecretOptions options{.allowed = request.allowed_secrets};
  auto secrets = project::find_secrets(handler.application, options);
  if (!secrets) return fail(std::move(secrets.error()));
  auto others = project::find_secrets_in_packages(handler.dependencies, options);
  if (!others) return fail(std::move(others.error()));
  secrets->insert(secrets->end(), others->begin(), others->end());
  return project::refuse_secrets(*secrets);
}

Result<SystemFiles> system_files(const ImageRequest& request, const Handler& handler,
                                 const Context& context, bool from_scratch) {
  SystemFiles files;
  if (*request.function.image.emulator) {
    auto emulator = context.emulator_for(request.platform.architecture);
    if (!emulator) return fail(std::move(emulator.error()));
    files.emulator = std::move(*emulator);
  }
  files.accounts = from_scratch && (handler.accounts || request.sam_local);
  files.certificates = from_scratch && handler.certificates && request.certificates;
  files.temporary_folder = from_scratch;
  const auto zone = request.function.env.find("TZ");
  if (from_scratch && zone != request.function.env.end()) {
    files.time_zone = *zone->second;
    while (files.time_zone.starts_with(':')) files.time_zone.erase(0, 1);
  }
  return files;
}

// Puts each tree to where what is below it leads: a base may have links in place of folders, and
// what a project adds goes among all that.
Result<void> put_together(Handler& handler, image::Tree& system, Additions& additions,
                          const BaseImage* base) {
  std::optional<ImageView> below;
  std::vector<const closure::FileView*> views;  // The uppermost first.
  if (base != nullptr) views = {&below.emplace(base->files)};
  std::deque<closure::TreeView> trees;
  const auto put = [&](image::Tree& tree, bool may_move) -> Result<void> {
    if (may_move) {
      if (auto placed = closure::place_tree(tree, closure::LayeredView(views)); !placed) {
        return placed;
      }
    }
    views.insert(views.begin(), &trees.emplace_back(tree));
    return {};
  };
  // From scratch, only what others have made has to fit.
  Result<void> done = put(handler.runtime, base != nullptr);
  if (done) done = put(system, base != nullptr);
  for (Extension& extension : additions.extensions) {
    if (done) done = put(extension.tree, true);
  }
  if (done) done = put(handler.dependencies, base != nullptr);
  if (done) done = put(handler.application, base != nullptr);
  if (!done) return done;
  const closure::LayeredView all(views);
  // A runtime of the base is told a handler.
  const bool is_command = base == nullptr || !base->has_lambda_entrypoint() || !base->has_runtime();
  const auto check = [&]() -> Result<void> {
    return is_command ? check_command(handler.command, all) : Result<void>();
  };
  if (additions.files.empty()) return check();

  done = closure::place_tree(additions.files, all);
  if (!done) return fail(std::move(done.error()).during("[image] add"));
  if (const std::string folder = closure::replaced_folder(additions.files, all); !folder.empty()) {
    return fail(ErrorCode::kInvalid, "[image] add: '/" + folder +
                                         "' is a folder: end the target with '/' to put "
                                         "something into it");
  }
  done = handler.application.merge(additions.files);
  return done ? check() : done;
}

std::vector<image::Package> packages_of_this_machine(const image::Tree& tree) {
  std::vector<fs::path> files;
  for (const auto& [path, entry] : tree.entries()) {
    if (const auto* disk = std::get_if<image::TreeEntry::OnDisk>(&entry.what)) {
      files.push_back(disk->path);
    }
  }
  return image::debian_packages_of(files);
}

void add_crates(const fs::path& file, std::vector<image::Package>& packages) {
  const auto lock = read_file(file);
  if (!lock) return;
  auto crates = image::packages_of_cargo_lock(*lock);
  packages.insert(packages.end(), crates.begin(), crates.end());
}

void set_annotations(image::ImagePlan& plan, const BaseImage& base) {
  // A path is different on every machine.
  if (!base.is_local) plan.annotations["org.opencontainers.image.base.name"] = base.name;
  plan.annotations["org.opencontainers.image.base.digest"] = base.image.digest().str();
}

}  // namespace

Result<BuiltImage> build_image(const ImageRequest& request, const Context& context,
                               Progress& progress) {
  const project::Function& function = request.function;
  const fs::path folder = request.project.folder;
  const auto mtime = context.build_time();
  if (!mtime) return fail(mtime.error());

  std::optional<BaseImage> base;
  if (const std::string& name = *function.image.base; !name.empty()) {
    progress.step("base " + name);
    auto opened = open_base({.name = name,
                             .platform = request.platform,
                             .lock = folder / kLockFile,
                             .registry = request.registry,
                             .rebase = request.rebase,
                             .folder = folder_for(function.image.base.origin, folder)},
                            context);
    if (!opened) return fail(std::move(opened.error()));
    base = std::move(*opened);
  }

  progress.step("build " + *function.name + " for " + request.platform.str());
  project::BuildOptions options{.project = request.project,
                                .function = function,
                                .env = context.env(),
                                .platform = request.platform};
  options.leave_out = request.outputs;
  if (base) options.base_pythons = pythons_on(*base);
  options.cmake_prefix = context.installed_libraries();
  if (request.verbose) options.show = [&](std::string_view text) { context.say(text); };
  auto artifact = project::build(options);
  if (!artifact) return fail(std::move(artifact.error()));
  progress.detail(project::name_of(artifact->language));
  const fs::path cargo_lock = artifact->lock;

  progress.step("collect files");
  auto handler = complete_handler(std::move(*artifact), {.function = function,
                                                         .platform = request.platform,
                                                         .base = base ? &*base : nullptr,
                                                         .project_folder = folder,
                                                         .cache_folder = context.cache_folder()});
  if (!handler) return fail(std::move(handler.error()));
  auto additions = read_additions(request, context);
  if (!additions) return fail(std::move(additions.error()));
  image::ImagePlan plan;
  plan.platform = request.platform;
  plan.working_dir = std::string(kTaskRoot);
  image::Tree system;
  const bool by_base = base && base->has_lambda_entrypoint();
  if (by_base) {
    if (auto done = start_by_base(plan, *handler, function, *base); !done) {
      return fail(std::move(done.error()));
    }
  } else {
    start(plan, *handler, *function.image.emulator);
    auto files = system_files(request, *handler, context, !base);
    if (!files) return fail(std::move(files.error()));
    auto tree = system_layer(*files);
    if (!tree) return fail(std::move(tree.error()));
    system = std::move(*tree);
    // Debian's OpenSSL looks elsewhere.
    if (files->certificates && handler->accounts) {
      plan.env["SSL_CERT_FILE"] = "/etc/ssl/certs/ca-certificates.crt";
    }
  }
  if (!function.image.user->empty())
    plan.user = *function.image.user;
  else if (!base)
    plan.user = std::to_string(kDefaultUser) + ":" + std::to_string(kDefaultUser);
  if (request.sam_local) {
    if (auto added = add_shell(system, base.has_value()); !added) {
      return fail(std::move(added.error()));
    }
    plan.user = "root";
  }
  if (auto put = put_together(*handler, system, *additions, base ? &*base : nullptr); !put) {
    return fail(std::move(put.error()));
  }
  if (auto checked = check_secrets(*handler, request); !checked) {
    return fail(std::move(checked.error()));
  }
  for (const auto& [name, value] : function.env) plan.env[name] = *value;
  for (const auto& [name, value] : function.image.labels) plan.labels[name] = *value;
  if (base) {
    set_annotations(plan, *base);
    plan.base = std::move(base->image);
  }

  BuiltImage built;
  if (request.list_packages) {
    built.packages = packages_of_this_machine(handler->runtime);
    if (!cargo_lock.empty()) add_crates(cargo_lock, built.packages);
  }

  plan.layers.push_back({std::move(handler->runtime), "runtime", kSmaller});
  plan.layers.push_back({std::move(system), "emulator", kSmall});
  for (Extension& extension : additions->extensions) {
    plan.layers.push_back({std::move(extension.tree), "extension " + extension.name, kSmaller});
  }
  plan.layers.push_back({std::move(handler->dependencies), "dependencies", kUsual});
  plan.layers.push_back({std::move(handler->application), "handler", kFast});

  progress.step("compress layers");
  const image::LayerCache cache(context.cache_folder() / "layers");
  auto image = image::assemble(std::move(plan), {.mtime = *mtime,
                                                 .cache = request.use_cache ? &cache : nullptr,
                                                 .large_folder = context.cache_folder() / "blobs"});
  if (!image) return fail(std::move(image.error()));
  std::uint64_t size = 0;
  for (const image::Blob& layer : image->layers) size += layer.descriptor.size;
  progress.detail(std::to_string(image->layers.size()) + " layers, " + human_size(size));
  progress.done();
  for (const std::string& note : handler->notes) context.say("          " + note);
  built.image = std::move(*image);
  return built;
}

}  // namespace thimble::cli
