#include "thimble/project/detect.h"

#include <array>
#include <optional>
#include <span>
#include <vector>

#include <thimble/base/file.h>

#include "suggestion.h"

namespace thimble::project {
namespace {

namespace fs = std::filesystem;

struct Manifest {
  std::string_view file;
  Language language;
};
constexpr std::array kManifests{
    Manifest{"CMakeLists.txt", Language::kCpp},      Manifest{"go.mod", Language::kGo},
    Manifest{"Cargo.toml", Language::kRust},         Manifest{"pyproject.toml", Language::kPython},
    Manifest{"requirements.txt", Language::kPython}, Manifest{"package.json", Language::kNode},
};

struct Usual {
  std::string_view module;
  std::string_view function;
};
constexpr std::array kPythonHandlers{
    Usual{"app", "handler"},
    Usual{"app", "lambda_handler"},
    Usual{"lambda_function", "lambda_handler"},
    Usual{"main", "handler"},
    Usual{"index", "handler"},
};
constexpr std::array kNodeHandlers{Usual{"index", "handler"}, Usual{"app", "handler"},
                                   Usual{"main", "handler"}};
constexpr std::array<std::string_view, 1> kPythonEndings{".py"};
constexpr std::array<std::string_view, 3> kNodeEndings{".js", ".mjs", ".cjs"};

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '$';
}

bool has_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_name_char(text[at - 1])) &&
        (end == text.size() || !is_name_char(text[end]))) {
      return true;
    }
  }
  return false;
}

// Whether a line says so that is not indented: "def handler(", "async def", "handler =", an import.
bool defines_in_python(std::string_view line, std::string_view name) {
  if (line.starts_with("async ")) line.remove_prefix(6);
  if (line.starts_with("from ")) return has_word(line, name);
  const bool is_function = line.starts_with("def ");
  if (is_function) line.remove_prefix(4);
  if (!line.starts_with(name)) return false;
  line.remove_prefix(name.size());
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  return line.starts_with(is_function ? "(" : "=") && !line.starts_with("==");
}

// "exports.handler =", "export const handler", "export { x as handler }"
bool defines_in_node(std::string_view line, std::string_view name) {
  return line.find("export") != line.npos && has_word(line, name);
}

bool defines(Language language, std::string_view text, std::string_view name) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    if (language == Language::kPython ? defines_in_python(line, name)
                                      : defines_in_node(line, name)) {
      return true;
    }
    at = end + 1;
  }
  return false;
}

std::span<const std::string_view> endings_of(Language language) {
  if (language == Language::kPython) return kPythonEndings;
  return kNodeEndings;
}

std::span<const Usual> usual_of(Language language) {
  if (language == Language::kPython) return kPythonHandlers;
  return kNodeHandlers;
}

std::optional<std::string> usual_handler(Language language, const fs::path& folder) {
  constexpr std::size_t kLargest = std::size_t{4} << 20;
  for (const Usual& usual : usual_of(language)) {
    for (const std::string_view ending : endings_of(language)) {
      const auto text =
          read_file(folder / (std::string(usual.module) + std::string(ending)), kLargest);
      if (text && defines(language, *text, usual.function)) {
        return std::string(usual.module) + "." + std::string(usual.function);
      }
    }
  }
  return std::nullopt;
}

// "src/app.handler" and "package.app.handler" are in src/app.py and package/app.py.
bool has_module(Language language, const fs::path& folder, const std::string& handler) {
  std::string module = handler.substr(0, handler.rfind('.'));
  if (language == Language::kPython) {
    for (char& c : module) c = c == '.' ? '/' : c;
  }
  for (const std::string_view ending : endings_of(language)) {
    if (is_file(folder / (module + std::string(ending)))) return true;
  }
  return language == Language::kPython && is_file(folder / module / "__init__.py");
}

std::string in_function(std::string_view setting) {
  return "in thimble.toml under [function], say " + std::string(setting);
}

}  // namespace

Result<Detection> detect(const Function& function, const fs::path& folder) {
  if (*function.language != Language::kDetect) {
    return Detection{*function.language, function.language.origin.str()};
  }
  if (!function.command->words.empty()) {
    return Detection{Language::kCommand, function.command.origin.str()};
  }
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) {
    return fail(ErrorCode::kNotFound, "there is no folder '" + folder.string() + "'");
  }

  std::vector<Manifest> found;
  for (const Manifest& manifest : kManifests) {
    if (!is_file(folder / manifest.file)) continue;
    if (found.empty() || found.back().language != manifest.language) found.push_back(manifest);
  }
  if (found.size() > 1) {
    std::vector<std::string> what;
    for (const Manifest& manifest : found) {
      what.push_back(std::string(manifest.file) + " (" + std::string(name_of(manifest.language)) +
                     ")");
    }
    return fail(ErrorCode::kInvalid,
                "'" + folder.string() + "' has " + detail::join(what, " and ") + ": " +
                    in_function("language = \"" + std::string(name_of(found[0].language)) + "\""));
  }
  if (found.size() == 1) return Detection{found[0].language, std::string(found[0].file)};

  for (const Language language : {Language::kPython, Language::kNode}) {
    if (auto handler = usual_handler(language, folder)) return Detection{language, *handler};
  }
  std::vector<std::string> looked_for;
  for (const Manifest& manifest : kManifests) looked_for.emplace_back(manifest.file);
  return fail(ErrorCode::kNotFound,
              "nothing in '" + folder.string() + "' says what to build: there is no " +
                  detail::join(looked_for) + " or app.py; name a program with '--command'");
}

Result<std::string> find_handler(const Function& function, Language language,
                                 const fs::path& folder) {
  if (!function.handler->empty()) {
    const std::string& handler = *function.handler;
    const std::size_t dot = handler.rfind('.');
    if (dot == std::string::npos || dot == 0 || dot + 1 == handler.size()) {
      return fail(ErrorCode::kInvalid, function.handler.origin.where + ": 'handler': '" + handler +
                                           "' is not like \"app.handler\", MODULE.FUNCTION");
    }
    if (!has_module(language, folder, handler)) {
      return fail(ErrorCode::kNotFound, function.handler.origin.where + ": 'handler': '" + handler +
                                            "' is in no file of '" + folder.string() + "'");
    }
    return handler;
  }
  if (auto handler = usual_handler(language, folder)) return *handler;
  std::vector<std::string> looked_for;
  for (const Usual& usual : usual_of(language)) {
    looked_for.push_back(std::string(usual.module) + "." + std::string(usual.function));
  }
  return fail(ErrorCode::kNotFound,
              "'" + folder.string() + "' has no handler under a usual name (" +
                  detail::join(looked_for) + "): " + in_function("handler = \"MODULE.FUNCTION\""));
}

}  // namespace thimble::project
