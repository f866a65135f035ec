#include "words.h"

namespace thimble::aws {

Result<std::vector<std::string>> split_words(std::string_view line) {
  std::vector<std::string> words;
  bool in_word = false;
  char quote = '\0';
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote == '\0' && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    if (quote != '\0' && c == quote) {
      quote = '\0';
    } else if (quote == '\0' && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == '\\' && quote != '\'' && i + 1 < line.size()) {
      const char next = line[++i];
      if (quote == '"' && next != '"' && next != '\\') words.back() += '\\';
      words.back() += next;
    } else {
      words.back() += c;
    }
  }
  if (quote != '\0') return fail(ErrorCode::kInvalid, "a quote is not closed");
  return words;
}

}  // namespace thimble::aws
