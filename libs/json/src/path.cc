#include <thimble/json/path.h>

#include <algorithm>
#include <vector>

namespace thimble::json {
namespace {

// Longer keys say no more, and texts may have keys of megabytes.
constexpr std::size_t kLongestKey = 64;

// One object or array on the way.
struct Level {
  bool object;
  bool at_value = false;     // Whether a value of it has begun and not ended.
  std::string_view key{};    // As the text has it, in quotes.
  std::size_t elements = 0;  // That have begun.
};

bool is_word(std::string_view key) {
  return !key.empty() && std::ranges::all_of(key, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

// Cuts between two characters, not inside of one.
std::string_view cut(std::string_view text) {
  if (text.size() <= kLongestKey) return text;
  std::size_t end = kLongestKey;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

void append_key(std::string& path, std::string_view quoted) {
  const std::string_view key = quoted.substr(1, quoted.size() - 2);
  const std::string_view shown = cut(key);
  const bool word = is_word(key);
  if (word && !path.empty()) path += '.';
  if (!word) path += "[\"";
  path += shown;
  if (shown.size() < key.size()) path += "...";
  if (!word) path += "\"]";
}

std::string written(const std::vector<Level>& levels) {
  std::string path;
  for (const Level& level : levels) {
    if (!level.at_value) break;
    if (level.object) {
      append_key(path, level.key);
    } else {
      path += '[';
      path += std::to_string(level.elements - 1);
      path += ']';
    }
  }
  return path;
}

bool begins_element(const std::vector<Level>& levels, const Reader& in, Token token) {
  if (levels.empty() || levels.back().object || token == Token::kEndArray) return false;
  return token != Token::kError || in.problem() == Problem::kExpectedValue;
}

}  // namespace

std::string path_at(std::string_view text, std::size_t offset, ReaderOptions options) {
  std::string scratch;
  Reader in(text, scratch, options);
  std::vector<Level> levels;
  while (true) {
    const Token token = in.peek();
    if (begins_element(levels, in, token)) {
      ++levels.back().elements;
      levels.back().at_value = true;
    }
    if (token == Token::kError || token == Token::kEnd || in.offset() >= offset) break;
    const Token read = in.next();
    if (read == Token::kError) break;
    if (read == Token::kKey) {
      levels.back().key = in.raw();
      levels.back().at_value = true;
      continue;
    }
    if (read == Token::kBeginObject || read == Token::kBeginArray) {
      levels.push_back({.object = read == Token::kBeginObject});
      continue;
    }
    if (read == Token::kEndObject || read == Token::kEndArray) levels.pop_back();
    // A value is inside of itself up to its last byte.
    if (in.offset() > offset) break;
    if (!levels.empty()) levels.back().at_value = false;
    if (in.offset() == offset) break;
  }
  return written(levels);
}

}  // namespace thimble::json
