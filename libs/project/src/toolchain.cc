#include "thimble/project/toolchain.h"

#include <filesystem>
#include <optional>
#include <string_view>

#include <thimble/project/detect.h>

#include "workshop.h"

namespace thimble::project {
namespace {

namespace fs = std::filesystem;

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

std::string_view name_of_program(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

// "3" of python3, "3.11" of python3.11, "" of python; nothing for other programs.
std::optional<std::string_view> python_version(std::string_view program) {
  constexpr std::string_view kPython = "python";
  if (!program.starts_with(kPython)) return std::nullopt;
  const std::string_view version = program.substr(kPython.size());
  if (!version.empty() && !version.starts_with('3')) return std::nullopt;
  if (version.find_first_not_of("0123456789.") != std::string_view::npos) return std::nullopt;
  return version;
}

// The path in the image, without a slash in front, if the word names a file of the application.
std::string find_in_application(const std::string& word, const Artifact& artifact) {
  constexpr std::string_view kTask = "/var/task/";
  fs::path path = word;
  if (!word.starts_with('/')) path = std::string(kTask) + word;
  const std::string file = path.lexically_normal().generic_string().substr(1);
  for (const image::Tree* tree : {&artifact.application, &artifact.dependencies}) {
    const image::TreeEntry* entry = tree->find(file);
    if (entry != nullptr && !entry->is_folder()) return file;
  }
  return "";
}

std::unexpected<Error> not_in_image(const Function& function, Language language,
                                    const std::string& program, const std::string& built) {
  const std::string hint = is_native(language) ? "of what this language builds only '" + built +
                                                     "' is: leave 'command' out, or start that"
                                               : "there is no such file, or .dockerignore names it";
  return fail(ErrorCode::kNotFound, function.command.origin.where + ": '" + program +
                                        "' would not be in the image: " + hint);
}

// A program of the application takes the place of the language's own.
void start_file(const std::string& file, Artifact& artifact) {
  artifact.command.front() = "/" + file;
  artifact.interpreter.clear();
  artifact.interpreter_file.clear();
  const image::TreeEntry* entry = artifact.application.find(file);
  const auto* disk =
      entry == nullptr ? nullptr : std::get_if<image::TreeEntry::OnDisk>(&entry->what);
  if (disk != nullptr && detail::is_elf(disk->path)) {
    artifact.executables.push_back({file, disk->path});
  }
}

// [function] command, where the language's own is not wanted.
Result<void> override_command(const Function& function, Language language, Artifact& artifact) {
  if (function.command->words.empty()) return {};
  const std::string built = artifact.command.front();
  artifact.command = function.command->words;
  artifact.has_runtime_client = true;
  std::string& program = artifact.command.front();
  const std::string_view name = name_of_program(program);
  if (name == name_of_program(built)) {
    program = built;
    return {};
  }
  const auto version = python_version(name);
  if (language == Language::kPython && function.image.base->empty() && version) {
    // From scratch there is one, that which was found.
    const std::string_view found = python_version(name_of_program(built)).value_or("");
    if (version->size() > 1 && *version != found) {
      return fail(ErrorCode::kInvalid, function.command.origin.where + ": '" + program +
                                           "' is not the Python that is here, " +
                                           std::string(found) + ": choose one with --python");
    }
    program = built;
    return {};
  }
  if (const std::string file = find_in_application(program, artifact); !file.empty()) {
    start_file(file, artifact);
    return {};
  }
  const bool is_path = program.find('/') != std::string::npos;
  if (program.starts_with("/var/task/") || (is_path && !program.starts_with('/'))) {
    return not_in_image(function, language, program, std::string(name_of_program(built)));
  }
  artifact.interpreter = program;
  artifact.interpreter_file.clear();
  return {};
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
    if (auto done = override_command(function, detected->language, *artifact); !done) {
      return fail(std::move(done.error()));
    }
  }
  artifact->language = detected->language;
  artifact->notes.insert(artifact->notes.end(), workshop.notes().begin(), workshop.notes().end());
  artifact->events = options.project.events_of(options.function);
  return artifact;
}

}  // namespace thimble::project
