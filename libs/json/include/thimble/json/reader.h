#pragma once
// Reads JSON text (RFC 8259) token by token: no tree, no recursion, and no copy of a string that
// holds no escapes.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <thimble/base/result.h>

namespace thimble::json {

// What the reader found. `kError` and `kEnd` repeat for ever once returned.
enum class Token : std::uint8_t {
  kError,
  kEnd,
  kBeginObject,
  kEndObject,
  kBeginArray,
  kEndArray,
  kKey,
  kString,
  kNumber,
  kTrue,
  kFalse,
  kNull,
};

// Why the text was refused, for callers with messages of their own; `Reader::error()` has ours.
enum class Problem : std::uint8_t {
  kNone,
  kExpectedValue,
  kExpectedKey,
  kExpectedColon,
  kExpectedCommaOrBrace,
  kExpectedCommaOrBracket,
  kExpectedDigit,
  kTrailingComma,
  kTrailingText,
  kLeadingZero,
  kByteOrderMark,
  kUnterminatedString,
  kControlCharacter,
  kBadEscape,
  kLoneSurrogate,
  kBadUtf8,
  kTooDeep,
  // Well-formed, but not what a typed read asked for.
  kNotAnObject,
  kNotAnArray,
  kNotAString,
  kNotABoolean,
  kNotANumber,
  kNotAnInt64,
  kNotADouble,
};

// What becomes of "\ud800" without its other half, which has no UTF-8 form.
enum class LoneSurrogates : std::uint8_t {
  kReject,
  kReplace,  // Decoded as U+FFFD.
  kKeep,     // Decoded as three bytes that are not UTF-8 but which Python's "surrogatepass" takes.
};

struct ReaderOptions {
  std::size_t max_depth =
      128;  // Objects and arrays open at once; more than Reader::kMaxDepth counts as that.
  LoneSurrogates lone_surrogates = LoneSurrogates::kReject;
};

// A pull parser over text that is wholly in memory. An error is sticky: typed reads return nothing
// from then on, loops end, and one look at `finish()` tells.
//
//   std::string scratch;
//   json::Reader in(text, scratch);
//   in.enter_object();
//   while (auto key = in.next_key()) {
//     if (*key == "path") request.path = in.read_string();
//     else if (*key == "ttl" && !in.read_null()) request.ttl = in.read_int64();
//   }
//   if (auto done = in.finish(); !done) return fail(std::move(done.error()).during("read
//   request"));
//
// The text and `scratch` outlive the reader. Views it returns point into the text and live as long,
// except a decoded string that held an escape: that one is in `scratch` until the next call. Keys
// that occur twice are both reported, in the order of the text; a loop like the one above thus lets
// the last one win, as Python, Go and JavaScript do.
class Reader final {
 public:
  static constexpr std::size_t kMaxDepth = 1024;

  Reader(std::string_view text, std::string& scratch, ReaderOptions options = {});
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // Reads one token. It returns a `Token` and not a `Result`, which costs a string's destructor per
  // token.
  Token next();

  // The kind of the next token, left unread; its first byte decides, so that reading it may still
  // fail.
  [[nodiscard]] Token peek() { return locate(); }

  // The last token of next(): a key or string decoded, a number as written.
  [[nodiscard]] std::string_view text();

  // The last token of next() as the input has it, quotes and escapes included.
  [[nodiscard]] std::string_view raw() const { return raw_; }

  // Reads the value that comes next, whatever it holds, and returns its bytes; empty after an
  // error. The value is fully checked, never decoded.
  std::string_view skip_value();

  // Enters the object or array that comes next. False, and an error, if something else does.
  bool enter_object() { return read(Token::kBeginObject, Problem::kNotAnObject); }
  bool enter_array() { return read(Token::kBeginArray, Problem::kNotAnArray); }

  // The next key of the innermost object; nothing at its end, which is read too. A value nobody
  // read is skipped.
  std::optional<std::string_view> next_key();

  // Whether the innermost array has another element; its end is read too. An element nobody read is
  // skipped.
  bool next_element();

  // Reads the value that comes next; an error if it is of another type. After an error: empty,
  // zero, false.
  std::string_view read_string();
  std::int64_t read_int64();
  double read_double();
  bool read_bool();

  // Reads a null if one comes next, else nothing.
  bool read_null() { return peek() == Token::kNull && next() == Token::kNull; }

  // Checks that one value was read to its end and only white space follows; returns the first error
  // met.
  [[nodiscard]] Result<void> finish();

  [[nodiscard]] Problem problem() const { return problem_; }

  // Bytes before the token that comes next or, after an error, before the culprit.
  [[nodiscard]] std::size_t offset() const { return static_cast<std::size_t>(at_ - begin_); }

  // The first error, such as "expected ',' or '}' at byte 17". Only to be called once there is one.
  [[nodiscard]] Error error() const;

 private:
  // What may come next; between two calls, `at_` is where it is looked for.
  enum class State : std::uint8_t {
    kValue,
    kElement,
    kFirstElement,
    kKey,
    kFirstKey,
    kAfterValue,
    kFailed
  };

  Token locate();
  Token locate_value();
  Token refuse(Problem problem, const char* where);
  Token open(Token token);
  Token close(Token token);
  Token read_key();
  Token read_literal(std::string_view word, Token token);
  Token read_number();
  bool read(Token wanted, Problem otherwise);
  bool scan_string();
  void skip_unread();
  void skip_white_space();
  [[nodiscard]] bool in_object() const;

  const char* begin_;
  const char* end_;
  const char* at_;
  std::string& scratch_;
  std::string_view raw_;
  std::size_t max_depth_;
  std::size_t depth_ = 0;
  LoneSurrogates lone_surrogates_;
  State state_ = State::kValue;
  Problem problem_ = Problem::kNone;
  bool escaped_ = false;  // Whether raw_ is a string that must be decoded.
  std::array<std::uint64_t, kMaxDepth / 64> objects_{};  // One bit per level: object or array.
};

}  // namespace thimble::json
