#include "handler.h"

#include <algorithm>
#include <memory>

#include <thimble/base/file.h>
#include <thimble/closure/native_closure.h>

#include "context.h"
#include "image_view.h"
#include "node_modules.h"
#include "python_handler.h"
#include "system_layer.h"

namespace thimble::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kInterpreterFolder = "usr/local/bin/";
constexpr std::string_view kPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::string missing_text(const std::vector<closure::MissingLibrary>& missing, bool on_base) {
  std::string text;
  for (const closure::MissingLibrary& library : missing) {
    text += (text.empty() ? "" : ", ") + library.name + " (for " + library.needed_by +
            (library.other_machine ? "; it is there for another processor" : "") + ")";
  }
  return "missing " + std::string(on_base ? "in the base" : "on this machine") + ": " + text;
}

std::vector<fs::path> files_on_disk(const image::Tree& tree) {
  std::vector<fs::path> files;
  for (const auto& [path, entry] : tree.entries()) {
    if (const auto* disk = std::get_if<image::TreeEntry::OnDisk>(&entry.what)) {
      files.push_back(disk->path);
    }
  }
  return files;
}

// The libraries of programs in `own`, found on the base or on this machine, put into `runtime`.
Result<void> add_libraries(Handler& handler, const image::Tree& own,
                           const std::vector<std::string>& programs, const HandlerOptions& options,
                           std::vector<std::string> modules = {}) {
  const closure::TreeView own_view(own);
  std::unique_ptr<closure::FileView> below;
  if (options.base != nullptr)
    below = std::make_unique<ImageView>(options.base->files);
  else
    below = std::make_unique<closure::FolderView>("/");
  const closure::LayeredView view({&own_view, below.get()});

  closure::NativeClosureOptions wanted;
  wanted.include = *options.function.image.include;
  wanted.modules = std::move(modules);
  const auto found = closure::native_closure(view, programs, wanted);
  if (!found) return fail(found.error());
  if (found->machine && found->machine->architecture() != options.platform.architecture) {
    return fail(ErrorCode::kInvalid, "'/" + programs.front() + "' is for " +
                                         found->machine->architecture() + ", the image for " +
                                         options.platform.str());
  }
  if (!found->missing.empty()) {
    return fail(ErrorCode::kNotFound, missing_text(found->missing, options.base != nullptr));
  }
  handler.accounts = !found->interpreter.empty();
  if (options.base != nullptr) return {};  // All of it is there.
  image::Tree all;
  if (auto added = closure::add_to_tree(all, view, *found); !added) return added;
  // What is in a layer of its own; folders that are then empty go, too.
  for (auto at = own.entries().rbegin(); at != own.entries().rend(); ++at) {
    const auto& [path, entry] = *at;
    const auto next = all.entries().lower_bound(path + "/");
    const bool has_more = next != all.entries().end() && next->first.starts_with(path + "/");
    if (!entry.is_folder() || !has_more) all.remove(path);
  }
  return handler.runtime.merge(all);
}

// The folders of the image's PATH, and that of AWS's own interpreters.
std::vector<std::string> program_folders(const BaseImage& base) {
  std::vector<std::string> folders;
  std::string_view path = base.image.config.find_env("PATH").value_or(kPath);
  while (!path.empty()) {
    std::string folder(path.substr(0, path.find(':')));
    while (folder.starts_with('/')) folder.erase(0, 1);
    folders.push_back(std::move(folder));
    const std::size_t colon = path.find(':');
    path = colon == std::string_view::npos ? std::string_view() : path.substr(colon + 1);
  }
  if (base.has_lambda_entrypoint()) folders.emplace_back("var/lang/bin");
  return folders;
}

bool base_has(const BaseImage& base, const std::string& program) {
  if (program.starts_with('/')) {
    return base.files.resolve(std::string_view(program).substr(1)).has_value();
  }
  return std::ranges::any_of(program_folders(base), [&](const std::string& folder) {
    return base.files.resolve(folder + "/" + program).has_value();
  });
}

Result<void> check_base(const project::Artifact& artifact, const HandlerOptions& options) {
  const BaseImage& base = *options.base;
  if (base.has_lambda_entrypoint() && base.has_runtime()) return {};
  if (!base_has(base, artifact.interpreter)) {
    return fail(ErrorCode::kNotFound, "base '" + base.name + "' has no " + artifact.interpreter +
                                          " on its PATH: choose one that has, or none");
  }
  if (!artifact.has_runtime_client) {
    return fail(ErrorCode::kInvalid,
                "nothing here speaks Lambda's Runtime API: add 'awslambdaric' (Python) or "
                "'aws-lambda-ric' (Node.js) to the dependencies, or use one of AWS's bases");
  }
  return {};
}

// This machine's interpreter, at /usr/local/bin, with its libraries.
Result<void> add_interpreter(Handler& handler, project::Artifact& artifact,
                             const HandlerOptions& options) {
  const std::string path = std::string(kInterpreterFolder) + artifact.interpreter;
  std::error_code error;
  const fs::path source = fs::canonical(artifact.interpreter_file, error);
  if (error) {
    return fail(ErrorCode::kNotFound, "there is no '" + artifact.interpreter +
                                          "' on this machine: install it, or name a --base");
  }
  // Native modules among the packages need libraries, too.
  auto modules = keep_fitting_modules(artifact.dependencies, source);
  if (!modules) return fail(std::move(modules.error()));
  for (const std::string& package : modules->without) {
    handler.notes.push_back("'/" + package + "' has native modules, and none for this machine's " +
                            artifact.interpreter);
  }
  image::Tree own;
  if (auto added = own.add_file(path, source); !added) return added;
  if (auto merged = own.merge(artifact.dependencies); !merged) return merged;
  if (auto added = add_libraries(handler, own, {path}, options, std::move(modules->fitting));
      !added) {
    return added;
  }
  handler.command.front() = "/" + path;
  return handler.runtime.add_file(path, source);
}

Result<void> refuse_foreign(const project::Artifact& artifact, const HandlerOptions& options) {
  if (options.platform.str() == host_platform()) return {};
  return fail(ErrorCode::kInvalid, "this machine's " + artifact.interpreter + " is for " +
                                       host_platform() + ", the image for " +
                                       options.platform.str() + ": name a --base that has " +
                                       artifact.interpreter + " for it");
}

}  // namespace

std::vector<std::string> pythons_on(const BaseImage& base) {
  std::vector<std::string> versions;
  for (const std::string& folder : program_folders(base)) {
    const auto real = base.files.resolve(folder);
    if (!real) continue;
    for (const std::string& name : base.files.list(*real)) {
      if (!name.starts_with("python3.")) continue;
      std::string version = name.substr(6);
      const bool is_version = version.find_first_not_of("0123456789", 2) == std::string::npos;
      if (!is_version || version.size() < 3 || !base_has(base, name)) continue;
      if (std::ranges::find(versions, version) == versions.end()) {
        versions.push_back(std::move(version));
      }
    }
  }
  return versions;
}

Result<Handler> complete_handler(project::Artifact artifact, const HandlerOptions& options) {
  Handler handler;
  handler.command = artifact.command;
  handler.name = artifact.handler;
  handler.notes = artifact.notes;
  Result<void> done;
  const bool brings_python = artifact.language == project::Language::kPython &&
                             !artifact.interpreter.empty() && options.base == nullptr;
  if (!options.function.image.exclude_modules->empty() && !brings_python) {
    return fail(ErrorCode::kInvalid,
                "'exclude_modules' is for images from scratch whose handler is in Python");
  }
  if (artifact.interpreter.empty()) {
    std::vector<std::string> programs;
    std::vector<fs::path> files;
    for (const project::Executable& program : artifact.executables) {
      programs.push_back(program.path);
      files.push_back(program.source);
    }
    if (!programs.empty()) done = add_libraries(handler, artifact.application, programs, options);
    if (options.base == nullptr) {
      // Mostly a library is what looks for them.
      const std::vector<fs::path> libraries = files_on_disk(handler.runtime);
      files.insert(files.end(), libraries.begin(), libraries.end());
      handler.certificates = wants_certificates(files);
    }
  } else if (options.base != nullptr) {
    done = check_base(artifact, options);
  } else if (artifact.language == project::Language::kCommand ||
             artifact.interpreter_file.empty()) {
    done = fail(ErrorCode::kInvalid, "'" + artifact.interpreter +
                                         "' is not in the project, and below it is nothing: start "
                                         "a program of the project, or name a --base");
  } else if (auto foreign = refuse_foreign(artifact, options); !foreign) {
    done = std::move(foreign);
  } else if (!artifact.has_runtime_client) {
    done = fail(ErrorCode::kInvalid,
                "nothing here speaks Lambda's Runtime API: add 'awslambdaric' (Python) or "
                "'aws-lambda-ric' (Node.js) to the dependencies, or name a --base of AWS's");
  } else if (artifact.language == project::Language::kPython) {
    done = add_python(handler, artifact, options);
  } else {
    handler.certificates = false;  // Node.js brings its own.
    handler.accounts = true;
    done = add_interpreter(handler, artifact, options);
  }
  if (!done) return fail(std::move(done.error()));
  if (handler.dependencies.empty()) handler.dependencies = std::move(artifact.dependencies);
  if (handler.application.empty()) handler.application = std::move(artifact.application);
  return handler;
}

}  // namespace thimble::cli
