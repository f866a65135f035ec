#pragma once
// Builds a function with its own language's tool, and says what of it goes into an image.

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/env.h>
#include <thimble/base/result.h>
#include <thimble/image/manifest.h>
#include <thimble/image/tree.h>
#include <thimble/project/config.h>

namespace thimble::project {

// A native program of the application, or a script: its libraries or its interpreter belong into
// the image, too.
struct Executable {
  std::string path;              // In the image, without a slash in front: "var/task/hello".
  std::filesystem::path source;  // On this machine.
};

// What was built. The two trees have no path in common; dependencies change less often.
struct Artifact {
  Language language = Language::kDetect;
  std::string handler;               // "app.handler"; empty if `command` says it all.
  std::vector<std::string> command;  // What starts it in the image, in /var/task.
  std::string interpreter;  // command[0] if it is not of the application: "python3", "node".
  std::filesystem::path interpreter_file;  // That on this machine, or empty if it is not here.
  bool has_runtime_client = true;  // Whether `command` speaks the Runtime API by itself; false if a
                                   // base image has to.
  image::Tree application;         // var/task/...: the function's own files.
  image::Tree dependencies;        // var/task/...: packages that others have published.
  std::vector<Executable> executables;
  std::filesystem::path lock = {};  // Cargo.lock, which may be above the function's folder.
  std::vector<Event> events;
  std::vector<std::string> notes;  // For people: what was decided for them.
};

struct BuildOptions {
  const Project& project;
  const Function& function;
  const Env& env;  // What the tools see, and more.
  image::Platform platform;
  // Gets what the tools write, of each when it has ended. Without it, only errors have that.
  std::function<void(std::string_view)> show = {};
  // Files and folders that are not part of the function, such as an image that was written before.
  std::vector<std::filesystem::path> leave_out = {};
  // Where CMake looks for packages besides its own places: Thimble's own installation.
  std::filesystem::path cmake_prefix = {};
  // The Pythons of the base image, "3.12", in the order in which it looks for one: packages are for
  // one of these.
  std::vector<std::string> base_pythons = {};
};

// Runs the tool, which does again only what has changed: what it needs for that is kept in
// .thimble/ of the function's folder, which git ignores. Fails with the tool's own words, or with
// how to get it if it is missing.
[[nodiscard]] Result<Artifact> build(const BuildOptions& options);

}  // namespace thimble::project
