// Reads any bytes as a thimble.toml (t), as a .dockerignore and a path (i), as a text that may have
// secrets in it (s), as a command line (w).

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <thimble/json/query.h>
#include <thimble/project/config.h>
#include <thimble/project/ignore_rules.h>
#include <thimble/project/secrets.h>

#include "check.h"
#include "node.h"
#include "words.h"

namespace {

using namespace thimble;
using fuzz::check;

void check_config(std::string_view text) {
  const Env env;
  const auto project = project::parse(text, {.folder = "/project", .env = env});
  if (!project) {
    check(project.error().message.starts_with("thimble.toml"), "an error names the file");
    return;
  }
  check(!project->functions.empty(), "there is a function");
  for (const auto& line : project::describe(*project)) {
    check(!line.key.empty() && !line.value.empty(), "a setting has a key and a value");
    check((line.origin.source == project::Source::kDefault) ||
              line.origin.where.starts_with("thimble.toml:"),
          "what is set has a line");
  }
  for (const auto& [name, table] : project->exports) check(json::valid(table), "JSON is written");
  for (const auto& event : project->events) {
    check(!event.expect.is_set() || json::valid(*event.expect), "JSON is written");
  }
}

void check_rules(std::string_view bytes) {
  const auto [path, rules] = fuzz::split_line(bytes);
  const auto parsed = project::IgnoreRules::parse(rules);
  if (!parsed) {
    check(parsed.error().message.starts_with(".dockerignore:"), "an error names the line");
    return;
  }
  const bool ignored = parsed->ignores(path);
  check(parsed->has_exceptions() || !ignored || parsed->ignores(std::string(path) + "/below"),
        "without exceptions all is ignored below an ignored folder");
}

void check_secrets(std::string_view text) {
  int line = 0;
  const auto what = project::secret_in_text(text, line);
  check(what.empty() == (line == 0), "a secret has a line");
  check(project::secret_by_name(text).size() < 100, "a name is told apart");
}

void check_words(std::string_view text) {
  const auto words = project::detail::split_words(text);
  if (!words) return;
  std::string quoted;
  for (const std::string& word : *words) {
    quoted += '"';
    for (const char c : word) {
      if (c == '"' || c == '\\') quoted += '\\';
      quoted += c;
    }
    quoted += "\" ";
  }
  check(project::detail::split_words(quoted) == *words, "words that are quoted stay as they are");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto [subject, bytes] = fuzz::input_of(data, size);
  if (subject == 't') check_config(bytes);
  if (subject == 'i') check_rules(bytes);
  if (subject == 's') check_secrets(bytes);
  if (subject == 'w') check_words(bytes);
  return 0;
}
