#include <thimble/json/query.h>

#include <utility>

namespace thimble::json {

bool valid(std::string_view text, ReaderOptions options) {
  std::string scratch;
  Reader in(text, scratch, options);
  in.skip_value();
  return in.next() == Token::kEnd;
}

Result<std::optional<std::string_view>> find_member(std::string_view text, std::string_view key) {
  std::string scratch;
  Reader in(text, scratch);
  std::optional<std::string_view> found;
  in.enter_object();
  while (const auto name = in.next_key()) {
    const bool wanted = *name == key;
    const std::string_view value = in.skip_value();
    if (wanted) found = value;
  }
  if (auto done = in.finish(); !done) return fail(std::move(done.error()));
  return found;
}

Result<std::optional<std::string>> find_string(std::string_view text, std::string_view key) {
  const auto found = find_member(text, key);
  if (!found) return fail(found.error());
  const std::optional<std::string_view>& raw = *found;
  if (!raw) return std::nullopt;
  std::string scratch;
  Reader in(*raw, scratch);
  if (in.next() != Token::kString) {
    return fail(ErrorCode::kInvalid, "member '" + std::string(key) + "' is not a string");
  }
  return std::string(in.text());
}

}  // namespace thimble::json
