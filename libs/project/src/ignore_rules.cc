#include "thimble/project/ignore_rules.h"

#include <algorithm>

#include <thimble/base/file.h>

namespace thimble::project {
namespace {

// What is not UTF-8 is taken byte by byte.
std::u32string decode(std::string_view text) {
  std::u32string all;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t c = length == 1 ? lead : lead & (0xFFU >> (length + 1));
    std::size_t got = 1;
    while (got < length && i + got < text.size() && (text[i + got] & 0xC0) == 0x80) {
      c = c << 6 | (text[i + got] & 0x3F);
      ++got;
    }
    if (got < length) {
      c = lead;
      got = 1;
    }
    all += c;
    i += got;
  }
  return all;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// Go's path.Clean, without the slash in front.
std::string cleaned(std::string_view path) {
  const bool is_rooted = path.starts_with('/');
  std::vector<std::string_view> names;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string_view name = path.substr(at, end - at);
    at = end + 1;
    if (name.empty() || name == ".") continue;
    if (name != "..") {
      names.push_back(name);
    } else if (!names.empty() && names.back() != "..") {
      names.pop_back();
    } else if (!is_rooted) {
      names.push_back(name);
    }
  }
  std::string all;
  for (const std::string_view name : names) {
    if (!all.empty()) all += '/';
    all += name;
  }
  return all.empty() ? (is_rooted ? "/" : ".") : all;
}

// One character of a [...] class, as Go's filepath.Match reads it.
std::optional<char32_t> class_char(const std::u32string& text, std::size_t& at) {
  if (at >= text.size() || text[at] == U'-' || text[at] == U']') return std::nullopt;
  if (text[at] == U'\\' && ++at >= text.size()) return std::nullopt;
  return text[at++];
}

}  // namespace

bool IgnoreRules::Part::takes(char32_t other) const {
  switch (kind) {
    case Kind::kChar:
      return other == c;
    case Kind::kAnyChar:
    case Kind::kAnyName:
      return other != U'/';
    case Kind::kAnyFolders:
    case Kind::kAnything:
      return true;
    case Kind::kClass:
      break;
  }
  const auto holds = [other](const auto& range) {
    return range.first <= other && other <= range.second;
  };
  return std::ranges::any_of(ranges, holds) != is_negated;
}

std::optional<std::vector<IgnoreRules::Part>> IgnoreRules::parts_of(const std::u32string& pattern) {
  using Kind = Part::Kind;
  std::vector<Part> parts;
  for (std::size_t at = 0; at < pattern.size();) {
    const char32_t c = pattern[at++];
    if (c == U'*' && pattern.substr(at, 1) == U"*") {
      const bool is_first = ++at == 2;
      const bool before_slash = pattern.substr(at, 1) == U"/";
      if (before_slash) ++at;
      // Docker takes "**name" for any path that ends so, if nothing else in it is special.
      const bool is_suffix =
          is_first && !before_slash && pattern.find_first_of(U"*?[]\\", at) == std::u32string::npos;
      parts.push_back({at == pattern.size() || is_suffix ? Kind::kAnything : Kind::kAnyFolders});
    } else if (c == U'*') {
      parts.push_back({Kind::kAnyName});
    } else if (c == U'?') {
      parts.push_back({Kind::kAnyChar});
    } else if (c == U'\\') {
      if (at == pattern.size()) return std::nullopt;
      parts.push_back({Kind::kChar, pattern[at++]});
    } else if (c == U'[') {
      Part part{Kind::kClass};
      if (pattern.substr(at, 1) == U"^") {
        part.is_negated = true;
        ++at;
      }
      while (part.ranges.empty() || pattern.substr(at, 1) != U"]") {
        const auto low = class_char(pattern, at);
        auto high = low;
        if (low && pattern.substr(at, 1) == U"-") high = class_char(pattern, ++at);
        if (!low || !high) return std::nullopt;
        part.ranges.emplace_back(*low, *high);
      }
      ++at;
      parts.push_back(std::move(part));
    } else {
      parts.push_back({Kind::kChar, c});
    }
  }
  return parts;
}

// Follows all ways at once: `at[i]` says that the parts before i have taken what was read, and
// `within[i]` that part i, "any folders", has taken some of it and not yet its slash.
bool IgnoreRules::Pattern::matches(const std::u32string& path) const {
  using Kind = Part::Kind;
  const std::size_t end = parts.size();
  std::vector<char> at(end + 1);
  std::vector<char> within(end + 1);
  const auto skip_empty = [&] {
    for (std::size_t i = 0; i < end; ++i) {
      const Kind kind = parts[i].kind;
      if (at[i] &&
          (kind == Kind::kAnyName || kind == Kind::kAnyFolders || kind == Kind::kAnything)) {
        at[i + 1] = 1;
      }
    }
  };
  at[0] = 1;
  skip_empty();
  for (const char32_t c : path) {
    if (c == U'/' && at[end]) return true;
    // From the right, so that each part sees what was before this character.
    at[end] = 0;
    for (std::size_t i = end; i-- > 0;) {
      const Part& part = parts[i];
      const bool takes = (at[i] || within[i]) && part.takes(c);
      switch (part.kind) {
        case Kind::kAnyName:
        case Kind::kAnything:
          at[i] = takes;
          break;
        case Kind::kAnyFolders:
          within[i] = takes;
          at[i] = 0;
          if (takes && c == U'/') at[i + 1] = 1;
          break;
        default:
          at[i] = 0;
          if (takes) at[i + 1] = 1;
      }
    }
    skip_empty();
  }
  return at[end];
}

Result<IgnoreRules> IgnoreRules::parse(std::string_view text, const std::string& name) {
  IgnoreRules rules;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  int number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    at = end + 1;
    ++number;
    if (line.starts_with('#')) continue;
    line = trimmed(line);
    if (line.empty()) continue;
    Pattern pattern;
    pattern.is_exception = line.starts_with('!');
    if (pattern.is_exception) line = trimmed(line.substr(1));
    std::string clean = line.empty() ? "" : cleaned(line);
    // Docker trims once more, which takes what "./ a" is left with.
    if (!pattern.is_exception && !line.empty()) clean = cleaned(trimmed(clean));
    auto parts = line.empty() ? std::nullopt : parts_of(decode(clean));
    if (!parts) {
      return fail(ErrorCode::kInvalid, name + ":" + std::to_string(number) + ": '" +
                                           (pattern.is_exception ? "!" : "") + std::string(line) +
                                           "' is no pattern");
    }
    pattern.parts = std::move(*parts);
    rules.has_exceptions_ = rules.has_exceptions_ || pattern.is_exception;
    rules.patterns_.push_back(std::move(pattern));
  }
  return rules;
}

Result<IgnoreRules> IgnoreRules::load(const std::filesystem::path& folder) {
  constexpr std::size_t kLargest = std::size_t{1} << 20;
  auto text = read_file(folder / ".dockerignore", kLargest);
  if (text) return parse(*text);
  if (text.error().code == ErrorCode::kNotFound) return IgnoreRules();
  return fail(std::move(text.error()));
}

bool IgnoreRules::ignores(std::string_view path) const {
  if (patterns_.empty()) return false;
  const std::u32string decoded = decode(path);
  bool ignored = false;
  for (const Pattern& pattern : patterns_) {
    if (pattern.is_exception == ignored && pattern.matches(decoded)) ignored = !ignored;
  }
  return ignored;
}

}  // namespace thimble::project
