#include "application_level.h"

#include <array>
#include <cstddef>
#include <string>
#include <utility>

#include "thimble/json/reader.h"

namespace thimble::emulator {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Takes a piece of the form of `pattern`, where 0 is any digit, off the front of `text`.
bool take(std::string_view& text, std::string_view pattern) {
  if (text.size() < pattern.size()) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '0' ? !is_digit(text[i]) : text[i] != pattern[i]) return false;
  }
  text.remove_prefix(pattern.size());
  return true;
}

// Its form; not whether there is such a day.
bool is_rfc3339(std::string_view text) {
  if (!take(text, "0000-00-00T00:00:00") && !take(text, "0000-00-00t00:00:00")) return false;
  if (take(text, ".0")) {
    while (take(text, "0")) {
    }
  }
  return text == "Z" || text == "z" ||
         ((take(text, "+00:00") || take(text, "-00:00")) && text.empty());
}

// As the loggers of managed runtimes call it.
bool is_timestamp(std::string_view key) {
  return key == "timestamp" || key == "time" || key == "@timestamp";
}

}  // namespace

std::optional<LogLevel> application_level(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, LogLevel>, 6> kLevels{{
      {"TRACE", LogLevel::kTrace},
      {"DEBUG", LogLevel::kDebug},
      {"INFO", LogLevel::kInfo},
      {"WARN", LogLevel::kWarning},
      {"ERROR", LogLevel::kError},
      {"FATAL", LogLevel::kFatal},
  }};
  std::string upper(name.substr(0, 8));
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  for (const auto& [known, level] : kLevels) {
    if (known == upper) return level;
  }
  return std::nullopt;
}

LogLevel level_of_line(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t");
  if (first == std::string_view::npos || line[first] != '{') return LogLevel::kInfo;
  std::string scratch;
  json::Reader reader(line, scratch);
  std::optional<LogLevel> level;
  bool is_stamped = false;
  reader.enter_object();
  while (const auto key = reader.next_key()) {
    const bool is_level = *key == "level";
    if ((!is_level && !is_timestamp(*key)) || reader.peek() != json::Token::kString) continue;
    const std::string_view value = reader.read_string();
    if (is_level) {
      level = application_level(value);
    } else {
      is_stamped = is_stamped || is_rfc3339(value);
    }
  }
  return reader.finish() && is_stamped ? level.value_or(LogLevel::kInfo) : LogLevel::kInfo;
}

}  // namespace thimble::emulator
