#include "ini.h"

#include "text.h"

namespace thimble::aws {
namespace {

bool is_comment(std::string_view trimmed) {
  return trimmed.starts_with('#') || trimmed.starts_with(';');
}

}  // namespace

Result<Ini> parse_ini(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  Ini ini;
  IniSection* section = nullptr;
  std::string* value = nullptr;  // Of the last property, which indented lines go on with.
  std::size_t indent = 0;        // Of the last property.
  std::size_t number = 0;
  for (const std::string_view raw : split(text, '\n')) {
    ++number;
    const auto refuse = [&](std::string_view why) {
      return fail(ErrorCode::kInvalid, "line " + std::to_string(number) + " " + std::string(why));
    };
    const std::string_view line = trim(raw);
    if (line.empty() || is_comment(line)) continue;
    const std::size_t column = raw.find_first_not_of(" \t\r");
    if (value != nullptr && column > indent) {
      value->append("\n").append(line);
      continue;
    }
    value = nullptr;
    if (line.starts_with('[')) {
      const std::size_t end = line.rfind(']');
      const std::string_view name =
          end == std::string_view::npos ? std::string_view() : trim(line.substr(1, end - 1));
      if (name.empty()) return refuse("is not a [section]");
      section = &ini[std::string(name)];
      continue;
    }
    if (section == nullptr) return refuse("is outside of any [section]");
    const std::size_t delimiter = line.find_first_of("=:");
    if (delimiter == std::string_view::npos || delimiter == 0) {
      return refuse("is not 'name = value'");
    }
    value = &(*section)[lower(trim(line.substr(0, delimiter)))];
    *value = trim(line.substr(delimiter + 1));
    indent = column;
  }
  return ini;
}

std::optional<std::string> nested_property(std::string_view value, std::string_view name) {
  std::optional<std::string> found;
  for (const std::string_view line : split(value, '\n')) {
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos || lower(trim(line.substr(0, equals))) != name) continue;
    found = trim(line.substr(equals + 1));
  }
  return found;
}

std::optional<std::string> named_section(std::string_view section, std::string_view kind) {
  if (!section.starts_with(kind)) return std::nullopt;
  section.remove_prefix(kind.size());
  if (!section.starts_with(' ') && !section.starts_with('\t')) return std::nullopt;
  section = trim(section);
  const char quote = section.empty() ? '\0' : section.front();
  if (quote == '"' || quote == '\'') {
    if (section.size() < 3 || section.back() != quote) return std::nullopt;
    return std::string(section.substr(1, section.size() - 2));
  }
  if (section.empty() || section.find_first_of(" \t") != std::string_view::npos) {
    return std::nullopt;
  }
  return std::string(section);
}

}  // namespace thimble::aws
