#pragma once
// What a handler needs in its image, in the order in which it changes.

#include <filesystem>
#include <string>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/image/tree.h>
#include <thimble/project/toolchain.h>

#include "base_image.h"

namespace thimble::cli {

struct Handler {
  image::Tree runtime;       // Loader, libraries, interpreter; nothing on a base that has them.
  image::Tree dependencies;  // Packages of others.
  image::Tree application;
  std::vector<std::string> command;  // What starts it.
  std::string name;                  // "app.handler"; empty for programs.
  bool certificates = false;         // It looks for the system's.
  bool accounts = false;             // It may ask whose the user id is.
  std::vector<std::string> notes;
};

struct HandlerOptions {
  const project::Function& function;
  image::Platform platform;
  const BaseImage* base = nullptr;            // None: from scratch, with this machine's files.
  std::filesystem::path project_folder = {};  // What paths of events are relative to.
  std::filesystem::path cache_folder = {};
};

// The versions of Python on a base, "3.12", in the order of its PATH.
[[nodiscard]] std::vector<std::string> pythons_on(const BaseImage& base);

// Completes what a language's tool has made. `kind` by kind:
// - programs: their libraries, from the base or from this machine;
// - Python and Node on a base: nothing, the base has the interpreter;
// - from scratch: this machine's interpreter and what it needs.
[[nodiscard]] Result<Handler> complete_handler(project::Artifact artifact,
                                               const HandlerOptions& options);

}  // namespace thimble::cli
