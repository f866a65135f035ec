#include <thimble/json/reader.h>

#include <algorithm>

#include <thimble/base/parse_number.h>

#include "scan.h"
#include "unescape.h"

namespace thimble::json {
namespace {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

Reader::Reader(std::string_view text, std::string& scratch, ReaderOptions options)
    : begin_(text.data()),
      end_(text.data() + text.size()),
      at_(begin_),
      scratch_(scratch),
      max_depth_(std::min(options.max_depth, kMaxDepth)),
      lone_surrogates_(options.lone_surrogates) {}

Token Reader::next() {
  const Token token = locate();
  switch (token) {
    case Token::kError:
    case Token::kEnd:
      return token;
    case Token::kBeginObject:
    case Token::kBeginArray:
      return open(token);
    case Token::kEndObject:
    case Token::kEndArray:
      return close(token);
    case Token::kKey:
      return read_key();
    case Token::kString:
      if (!scan_string()) return Token::kError;
      state_ = State::kAfterValue;
      return token;
    case Token::kNumber:
      return read_number();
    case Token::kTrue:
      return read_literal("true", token);
    case Token::kFalse:
      return read_literal("false", token);
    case Token::kNull:
      return read_literal("null", token);
  }
  return Token::kError;
}

std::string_view Reader::text() {
  if (raw_.empty() || raw_.front() != '"') return raw_;
  const std::string_view inside = raw_.substr(1, raw_.size() - 2);
  if (!escaped_) return inside;
  // resize() would write zeros first, over megabytes in the worst case.
  scratch_.resize_and_overwrite(inside.size(), [&](char* out, std::size_t) {
    return detail::unescape(inside, out, lone_surrogates_);
  });
  return scratch_;
}

std::string_view Reader::skip_value() {
  switch (locate()) {
    case Token::kError:
      return {};
    case Token::kEnd:
    case Token::kKey:
    case Token::kEndObject:
    case Token::kEndArray:
      refuse(Problem::kExpectedValue, at_);
      return {};
    default:
      break;
  }
  const char* first = at_;
  const std::size_t outside = depth_;
  do {
    if (next() == Token::kError) return {};
  } while (depth_ > outside);
  return {first, static_cast<std::size_t>(at_ - first)};
}

std::optional<std::string_view> Reader::next_key() {
  skip_unread();
  const Token token = locate();
  if (token == Token::kKey) {
    if (next() == Token::kKey) return text();
  } else if (token == Token::kEndObject) {
    next();
  } else if (token != Token::kError) {
    refuse(Problem::kExpectedKey, at_);
  }
  return std::nullopt;
}

bool Reader::next_element() {
  skip_unread();
  switch (locate()) {
    case Token::kEndArray:
      next();
      return false;
    case Token::kError:
      return false;
    case Token::kEnd:
    case Token::kKey:
    case Token::kEndObject:
      refuse(Problem::kExpectedValue, at_);
      return false;
    default:
      state_ = State::kValue;
      return true;
  }
}

std::string_view Reader::read_string() {
  return read(Token::kString, Problem::kNotAString) ? text() : std::string_view();
}

std::int64_t Reader::read_int64() {
  if (!read(Token::kNumber, Problem::kNotANumber)) return 0;
  if (const auto value = parse_number<std::int64_t>(raw_)) return *value;
  refuse(Problem::kNotAnInt64, raw_.data());
  return 0;
}

bool Reader::read_bool() {
  if (locate() == Token::kTrue) return next() == Token::kTrue;
  read(Token::kFalse, Problem::kNotABoolean);
  return false;
}

Result<void> Reader::finish() {
  const Token token = locate();
  if (token == Token::kEnd) return {};
  if (token != Token::kError) refuse(Problem::kTrailingText, at_);
  return fail(error());
}

// Moves to the first byte of the next token, past white space and a comma, and tells its kind. May
// be called again.
Token Reader::locate() {
  if (state_ == State::kFailed) return Token::kError;
  skip_white_space();
  if (state_ == State::kAfterValue) {
    if (depth_ == 0) return at_ == end_ ? Token::kEnd : refuse(Problem::kTrailingText, at_);
    const bool object = in_object();
    const char closing = object ? '}' : ']';
    if (at_ != end_ && *at_ == closing) return object ? Token::kEndObject : Token::kEndArray;
    if (at_ == end_ || *at_ != ',') {
      return refuse(object ? Problem::kExpectedCommaOrBrace : Problem::kExpectedCommaOrBracket,
                    at_);
    }
    const char* comma = at_++;
    skip_white_space();
    if (at_ != end_ && *at_ == closing) return refuse(Problem::kTrailingComma, comma);
    state_ = object ? State::kKey : State::kElement;
  }
  if (state_ == State::kKey || state_ == State::kFirstKey) {
    if (at_ != end_ && *at_ == '"') return Token::kKey;
    if (at_ != end_ && *at_ == '}' && state_ == State::kFirstKey) return Token::kEndObject;
    return refuse(Problem::kExpectedKey, at_);
  }
  return locate_value();
}

Token Reader::locate_value() {
  if (at_ == end_) return refuse(Problem::kExpectedValue, at_);
  switch (*at_) {
    case '{':
      return Token::kBeginObject;
    case '[':
      return Token::kBeginArray;
    case '"':
      return Token::kString;
    case 't':
      return Token::kTrue;
    case 'f':
      return Token::kFalse;
    case 'n':
      return Token::kNull;
    case ']':
      if (state_ == State::kFirstElement) return Token::kEndArray;
      break;
    case '\xEF':
      if (std::string_view(at_, end_).starts_with("\xEF\xBB\xBF"))
        return refuse(Problem::kByteOrderMark, at_);
      break;
    default:
      if (*at_ == '-' || is_digit(*at_)) return Token::kNumber;
      break;
  }
  return refuse(Problem::kExpectedValue, at_);
}

Token Reader::refuse(Problem problem, const char* where) {
  state_ = State::kFailed;
  problem_ = problem;
  at_ = where;
  raw_ = {};
  return Token::kError;
}

Token Reader::open(Token token) {
  if (depth_ == max_depth_) return refuse(Problem::kTooDeep, at_);
  const std::uint64_t bit = std::uint64_t{1} << (depth_ % 64);
  std::uint64_t& word = objects_[depth_ / 64];
  const bool object = token == Token::kBeginObject;
  word = object ? word | bit : word & ~bit;
  ++depth_;
  state_ = object ? State::kFirstKey : State::kFirstElement;
  raw_ = {at_++, 1};
  return token;
}

Token Reader::close(Token token) {
  --depth_;
  state_ = State::kAfterValue;
  raw_ = {at_++, 1};
  return token;
}

// The colon belongs to the key.
Token Reader::read_key() {
  if (!scan_string()) return Token::kError;
  skip_white_space();
  if (at_ == end_ || *at_ != ':') return refuse(Problem::kExpectedColon, at_);
  ++at_;
  state_ = State::kValue;
  return Token::kKey;
}

Token Reader::read_literal(std::string_view word, Token token) {
  if (!std::string_view(at_, end_).starts_with(word)) return refuse(Problem::kExpectedValue, at_);
  raw_ = {at_, word.size()};
  at_ += word.size();
  state_ = State::kAfterValue;
  return token;
}

Token Reader::read_number() {
  const char* at = at_;
  const auto more = [&] { return at != end_ && is_digit(*at); };
  if (*at == '-') ++at;
  if (!more()) return refuse(Problem::kExpectedDigit, at);
  if (*at++ == '0' && more()) return refuse(Problem::kLeadingZero, at - 1);
  while (more()) ++at;
  if (at != end_ && *at == '.') {
    ++at;
    if (!more()) return refuse(Problem::kExpectedDigit, at);
    while (more()) ++at;
  }
  if (at != end_ && (*at == 'e' || *at == 'E')) {
    ++at;
    if (at != end_ && (*at == '+' || *at == '-')) ++at;
    if (!more()) return refuse(Problem::kExpectedDigit, at);
    while (more()) ++at;
  }
  raw_ = {at_, static_cast<std::size_t>(at - at_)};
  at_ = at;
  state_ = State::kAfterValue;
  return Token::kNumber;
}

// Reads the `wanted` token, one that its first byte tells.
bool Reader::read(Token wanted, Problem otherwise) {
  const Token token = locate();
  if (token == wanted) return next() == wanted;
  if (token != Token::kError) refuse(otherwise, at_);
  return false;
}

// Reads the string at `at_`, quotes included, into raw_; checks everything that text() relies on.
bool Reader::scan_string() {
  const char* const opening = at_;
  const char* at = at_ + 1;
  escaped_ = false;
  while (true) {
    at = detail::skip_plain(at, end_);
    if (at == end_ || (*at == '\\' && at + 1 == end_)) {
      refuse(Problem::kUnterminatedString, opening);
      return false;
    }
    if (*at == '"') break;
    Problem problem = Problem::kNone;
    if (*at == '\\') {
      const detail::Escape escape = detail::measure_escape(at, end_);
      const bool lone = escape.lone_surrogate && lone_surrogates_ == LoneSurrogates::kReject;
      if (lone) problem = Problem::kLoneSurrogate;
      if (escape.length == 0) problem = Problem::kBadEscape;
      at += problem == Problem::kNone ? escape.length : 0;
      escaped_ = true;
    } else if (static_cast<unsigned char>(*at) < 0x20) {
      problem = Problem::kControlCharacter;
    } else {
      at = detail::skip_utf8(at, end_);
      if (at != end_ && static_cast<unsigned char>(*at) >= 0x80) problem = Problem::kBadUtf8;
    }
    if (problem != Problem::kNone) {
      refuse(problem, at);
      return false;
    }
  }
  at_ = at + 1;
  raw_ = {opening, at_};
  return true;
}

// Skips the value of the last key, or the element that next_element() announced, if the caller left
// it.
void Reader::skip_unread() {
  if (state_ == State::kValue && depth_ > 0) skip_value();
}

void Reader::skip_white_space() {
  const char* at = at_;
  while (at != end_ && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) ++at;
  at_ = at;
}

bool Reader::in_object() const {
  return (objects_[(depth_ - 1) / 64] >> ((depth_ - 1) % 64) & 1) != 0;
}

}  // namespace thimble::json
