// What the reader says about text that it refused.

#include <string>
#include <string_view>
#include <utility>

#include <thimble/json/reader.h>

namespace thimble::json {
namespace {

constexpr std::string_view describe(Problem problem) {
  switch (problem) {
    case Problem::kNone:
      break;
    case Problem::kExpectedValue:
      return "expected a value";
    case Problem::kExpectedKey:
      return "expected a key";
    case Problem::kExpectedColon:
      return "expected ':'";
    case Problem::kExpectedCommaOrBrace:
      return "expected ',' or '}'";
    case Problem::kExpectedCommaOrBracket:
      return "expected ',' or ']'";
    case Problem::kExpectedDigit:
      return "expected a digit";
    case Problem::kTrailingComma:
      return "trailing comma";
    case Problem::kTrailingText:
      return "unexpected text after the value";
    case Problem::kLeadingZero:
      return "leading zero";
    case Problem::kByteOrderMark:
      return "byte order mark";
    case Problem::kUnterminatedString:
      return "unterminated string";
    case Problem::kControlCharacter:
      return "control character in a string";
    case Problem::kBadEscape:
      return "invalid escape";
    case Problem::kLoneSurrogate:
      return "lone surrogate";
    case Problem::kBadUtf8:
      return "invalid UTF-8";
    case Problem::kTooDeep:
      return "nested too deep";
    case Problem::kNotAnObject:
      return "expected an object";
    case Problem::kNotAnArray:
      return "expected an array";
    case Problem::kNotAString:
      return "expected a string";
    case Problem::kNotABoolean:
      return "expected true or false";
    case Problem::kNotANumber:
      return "expected a number";
    case Problem::kNotAnInt64:
      return "expected a 64-bit integer";
    case Problem::kNotADouble:
      return "expected a number a double can hold";
  }
  return "no error";
}

}  // namespace

Error Reader::error() const {
  std::string message(describe(problem_));
  message += " at byte ";
  message += std::to_string(offset());
  if (at_ == end_) message += ", the end of the text";
  return Error{problem_ == Problem::kTooDeep ? ErrorCode::kLimit : ErrorCode::kInvalid,
               std::move(message)};
}

}  // namespace thimble::json
