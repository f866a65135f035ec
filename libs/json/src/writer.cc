#include <thimble/json/writer.h>

#include <array>
#include <cassert>
#include <charconv>

#include "scan.h"

namespace thimble::json {
namespace {

// What one byte or UTF-8 sequence of a string becomes.
struct Replacement {
  std::ptrdiff_t replaced;          // Bytes of the string.
  std::size_t size = 0;             // Of `bytes`; none: the string's own are written.
  std::array<char, 12> bytes = {};  // Two escapes of UTF-16 units are the longest.

  void put(char c) { bytes[size++] = c; }

  void put_unit(unsigned unit) {
    constexpr std::string_view kHex = "0123456789abcdef";
    put('\\');
    put('u');
    for (int shift = 12; shift >= 0; shift -= 4) put(kHex[unit >> shift & 0xF]);
  }
};

// The letter of the two-character escape for `c`, or 0.
constexpr char short_escape(char c) {
  switch (c) {
    case '"':
    case '\\':
      return c;
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    default:
      return 0;
  }
}

// The code point of a sequence of `length` bytes that utf8_sequence() has let through, or of a
// surrogate.
unsigned code_point(const char* at, std::ptrdiff_t length) {
  unsigned value = static_cast<unsigned char>(*at) & (0x7FU >> length);
  for (std::ptrdiff_t i = 1; i < length; ++i) {
    value = value << 6 | (static_cast<unsigned char>(at[i]) & 0x3F);
  }
  return value;
}

Replacement replace_ascii(char c, const WriterOptions& options) {
  Replacement result{.replaced = 1};
  const bool html = c == '<' || c == '>' || c == '&';
  if (const char letter = short_escape(c); letter != 0) {
    result.put('\\');
    result.put(letter);
  } else if (c < 0x20 || (html && options.html_safe) || (c == '\x7F' && options.ascii)) {
    result.put_unit(static_cast<unsigned char>(c));
  }
  return result;
}

Replacement replace_sequence(const char* at, const char* end, const WriterOptions& options) {
  const auto [length, valid] = detail::utf8_sequence(at, end);
  Replacement result{.replaced = length};
  if (!valid) {
    if (options.keep_surrogates && detail::is_surrogate(at, end)) {
      result.replaced = 3;
      result.put_unit(code_point(at, 3));
    } else if (options.ascii) {
      result.put_unit(0xFFFD);
    } else {
      for (const char c : {'\xEF', '\xBF', '\xBD'}) result.put(c);
    }
    return result;
  }
  if (!options.ascii && !options.html_safe) return result;
  const unsigned point = code_point(at, length);
  if (!options.ascii && point != 0x2028 && point != 0x2029) return result;
  if (point >= 0x10000) {
    result.put_unit(0xD800 + ((point - 0x10000) >> 10));
    result.put_unit(0xDC00 + (point & 0x3FF));
  } else {
    result.put_unit(point);
  }
  return result;
}

}  // namespace

Writer& Writer::key(std::string_view name) {
  assert(may_be_object(true) && !after_key_);
  separate();
  quote(name);
  out_ += options_.spaced ? ": " : ":";
  after_key_ = true;
  return *this;
}

Writer& Writer::string(std::string_view text) {
  before_value();
  quote(text);
  return *this;
}

Writer& Writer::raw(std::string_view json) {
  before_value();
  out_ += json;
  return *this;
}

Writer& Writer::open(char bracket, bool object) {
  before_value();
  out_ += bracket;
  if (depth_ < 64) {
    const std::uint64_t bit = std::uint64_t{1} << depth_;
    objects_ = object ? objects_ | bit : objects_ & ~bit;
  }
  ++depth_;
  after_value_ = false;
  return *this;
}

Writer& Writer::close(char bracket, [[maybe_unused]] bool object) {
  assert(may_be_object(object) && !after_key_);
  out_ += bracket;
  --depth_;
  after_value_ = true;
  return *this;
}

Writer& Writer::signed_integer(std::int64_t value) {
  std::array<char, 20> digits;
  const auto [end, code] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  return raw({digits.data(), end});
}

Writer& Writer::unsigned_integer(std::uint64_t value) {
  std::array<char, 20> digits;
  const auto [end, code] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  return raw({digits.data(), end});
}

void Writer::before_value() {
  assert(after_key_ || depth_ != 0 || !after_value_);
  assert(after_key_ || depth_ == 0 || may_be_object(false));
  if (!after_key_) separate();
  after_key_ = false;
  after_value_ = true;
}

void Writer::separate() {
  if (after_value_) out_ += options_.spaced ? ", " : ",";
}

void Writer::quote(std::string_view text) {
  out_ += '"';
  const bool picky = options_.html_safe || options_.ascii;
  const char* at = text.data();
  const char* const end = at + text.size();
  const char* pending = at;  // What lies between here and `at` is written as it is.
  while (true) {
    if (picky) {
      at = detail::skip_plainest(at, end);
    } else {
      at = detail::skip_utf8(detail::skip_plain(at, end), end);
    }
    if (at == end) break;
    if (!picky && detail::is_plain(*at)) continue;
    const Replacement it = static_cast<unsigned char>(*at) < 0x80
                               ? replace_ascii(*at, options_)
                               : replace_sequence(at, end, options_);
    if (it.size != 0) {
      out_.append(pending, at);
      out_.append(it.bytes.data(), it.size);
      pending = at + it.replaced;
    }
    at += it.replaced;
  }
  out_.append(pending, end);
  out_ += '"';
}

// False if the innermost level is surely the other kind, or there is none.
bool Writer::may_be_object(bool object) const {
  return depth_ > 64 || (depth_ > 0 && (objects_ >> (depth_ - 1) & 1) == (object ? 1 : 0));
}

}  // namespace thimble::json
