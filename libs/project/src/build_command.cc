// What no language's tool builds: a command that is there, or that [function] build makes.

#include <algorithm>
#include <filesystem>

#include "workshop.h"

namespace thimble::project::detail {
namespace {

namespace fs = std::filesystem;

// The path of `word` within the folder, if it names a file there.
std::string path_in(const fs::path& folder, const std::string& word) {
  const fs::path relative = fs::path(word).lexically_normal();
  std::error_code ignored;
  if (relative.empty() || relative.is_absolute() || *relative.begin() == ".." ||
      !fs::is_regular_file(folder / relative, ignored)) {
    return "";
  }
  return relative.generic_string();
}

}  // namespace

Result<Artifact> build_command(const Workshop& workshop) {
  const Function& function = workshop.function();
  Artifact artifact;
  artifact.handler = *function.handler;
  artifact.command = function.command->words;
  if (artifact.command.empty()) {
    return fail(ErrorCode::kInvalid,
                "there is no command: in thimble.toml under [function], say command = "
                "[\"./handler\"], or use '--command'");
  }
  if (auto done = workshop.run_build_command(); !done) return fail(std::move(done.error()));

  std::string& program = artifact.command.front();
  const std::string path = path_in(workshop.folder(), program);
  const bool is_bare = program.find('/') == std::string::npos;
  if (path.empty() && !is_bare && !program.starts_with('/')) {
    return fail(ErrorCode::kNotFound,
                function.command.origin.where + ": there is no '" + program + "' in '" +
                    workshop.folder().string() +
                    "': in thimble.toml under [function], say with build = \"...\" what makes it");
  }
  if (!path.empty() && is_elf(workshop.folder() / path)) {
    // A native program needs nothing but the files that its arguments name.
    if (auto done = workshop.add_executable(workshop.folder() / path, path, artifact); !done) {
      return fail(std::move(done.error()));
    }
    for (auto word = artifact.command.begin() + 1; word != artifact.command.end(); ++word) {
      const std::string file = path_in(workshop.folder(), *word);
      if (file.empty()) continue;
      if (auto done = artifact.application.add_file("var/task/" + file, workshop.folder() / file);
          !done) {
        return fail(std::move(done.error()));
      }
    }
  } else {
    auto tree = workshop.collect();
    if (!tree) return fail(std::move(tree.error()));
    artifact.application = std::move(*tree);
    // A script needs its interpreter.
    if (!path.empty() && artifact.application.find("var/task/" + path) != nullptr) {
      artifact.executables.push_back({"var/task/" + path, workshop.folder() / path});
    }
  }
  if (path.empty()) {
    artifact.interpreter = program;
  } else {
    program = "/var/task/" + path;
  }
  return artifact;
}

}  // namespace thimble::project::detail
