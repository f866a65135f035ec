#include "thimble/project/toolchain.h"

#include <thimble/project/detect.h>

#include "workshop.h"

namespace thimble::project {
namespace {

Result<Artifact> build_as(Language language, const detail::Workshop& workshop) {
  switch (language) {
    case Language::kCpp:
      return detail::build_cpp(workshop);
    case Language::kGo:
      return detail::build_go(workshop);
    case Language::kRust:
      return detail::build_rust(workshop);
    case Language::kPython:
      return detail::build_python(workshop);
    case Language::kNode:
      return detail::build_node(workshop);
    case Language::kDetect:
    case Language::kCommand:
      break;
  }
  return detail::build_command(workshop);
}

bool is_native(Language language) {
  return language == Language::kCpp || language == Language::kGo || language == Language::kRust;
}

// [function] command, where the language's own is not wanted.
void override_command(const Function& function, Artifact& artifact) {
  if (function.command->words.empty()) return;
  const std::string built = artifact.command.front();
  artifact.command = function.command->words;
  std::string& program = artifact.command.front();
  const std::string name = program.substr(program.rfind('/') + 1);
  if (name == built.substr(built.rfind('/') + 1)) {
    program = built;
  } else {
    artifact.interpreter = program.starts_with('.') ? "" : program;
    artifact.interpreter_file.clear();
  }
  artifact.has_runtime_client = true;
}

}  // namespace

Result<Artifact> build(const BuildOptions& options) {
  const detail::Workshop workshop(options);
  const auto detected = detect(options.function, workshop.folder());
  if (!detected) return fail(detected.error());
  const Function& function = options.function;
  // With a build command of its own, a native language is no more than its command.
  const bool builds_itself = is_native(detected->language) && !function.build->empty();
  auto artifact = build_as(builds_itself ? Language::kCommand : detected->language, workshop);
  if (!artifact) return artifact;
  if (detected->language != Language::kCommand && !builds_itself) {
    override_command(function, *artifact);
  }
  artifact->language = detected->language;
  if (detected->language == Language::kRust && artifact->lock.empty()) {
    artifact->lock = workshop.folder() / "Cargo.lock";
  }
  artifact->events = options.project.events_of(options.function);
  return artifact;
}

}  // namespace thimble::project
