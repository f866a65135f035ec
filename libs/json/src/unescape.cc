#include "unescape.h"

#include <algorithm>
#include <cstring>

namespace thimble::json::detail {
namespace {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

constexpr int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// The four hex digits at `at`, or -1.
int hex_unit(const char* at, const char* end) {
  if (end - at < 4) return -1;
  int unit = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = hex_digit(at[i]);
    if (digit < 0) return -1;
    unit = unit << 4 | digit;
  }
  return unit;
}

constexpr bool is_high(int unit) {
  return unit >= 0xD800 && unit < 0xDC00;
}
constexpr bool is_low(int unit) {
  return unit >= 0xDC00 && unit < 0xE000;
}

// The low surrogate escaped at `at`, or -1.
int low_escape(const char* at, const char* end) {
  if (end - at < 6 || at[0] != '\\' || at[1] != 'u') return -1;
  const int unit = hex_unit(at + 2, end);
  return is_low(unit) ? unit : -1;
}

// What a one-letter escape stands for, or 0.
constexpr char short_escape(char c) {
  switch (c) {
    case '"':
    case '\\':
    case '/':
      return c;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return 0;
  }
}

char* put_utf8(char* to, unsigned code_point) {
  const auto put = [&](unsigned byte) { *to++ = static_cast<char>(byte); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0 | code_point >> 6);
    put(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    put(0xE0 | code_point >> 12);
    put(0x80 | (code_point >> 6 & 0x3F));
    put(0x80 | (code_point & 0x3F));
  } else {
    put(0xF0 | code_point >> 18);
    put(0x80 | (code_point >> 12 & 0x3F));
    put(0x80 | (code_point >> 6 & 0x3F));
    put(0x80 | (code_point & 0x3F));
  }
  return to;
}

// Decodes the \uXXXX whose digits are at `at`, and the other half of a pair if it has one; moves
// `at` past them.
unsigned decode_unit(const char*& at, const char* end, LoneSurrogates lone) {
  const int unit = hex_unit(at, end);
  at += 4;
  if (is_high(unit)) {
    if (const int low = low_escape(at, end); low >= 0) {
      at += 6;
      return 0x10000 +
             ((static_cast<unsigned>(unit) & 0x3FF) << 10 | (static_cast<unsigned>(low) & 0x3FF));
    }
  }
  const bool surrogate = is_high(unit) || is_low(unit);
  return surrogate && lone == LoneSurrogates::kReplace ? 0xFFFD : static_cast<unsigned>(unit);
}

}  // namespace

Escape measure_escape(const char* at, const char* end) {
  if (short_escape(at[1]) != 0) return {2, false};
  const int unit = at[1] == 'u' ? hex_unit(at + 2, end) : -1;
  if (unit < 0) return {0, false};
  if (is_high(unit) && low_escape(at + 6, end) >= 0) return {12, false};
  return {6, is_high(unit) || is_low(unit)};
}

std::size_t unescape(std::string_view from, char* const out, LoneSurrogates lone) {
  char* to = out;
  const char* at = from.data();
  const char* const end = at + from.size();
  while (at != end) {
    const void* found = std::memchr(at, '\\', static_cast<std::size_t>(end - at));
    const char* stop = found != nullptr ? static_cast<const char*>(found) : end;
    to = std::copy(at, stop, to);
    at = stop;
    if (at == end) break;
    const char letter = at[1];
    at += 2;
    if (letter == 'u') {
      to = put_utf8(to, decode_unit(at, end, lone));
    } else {
      *to++ = short_escape(letter);
    }
  }
  return static_cast<std::size_t>(to - out);
}

}  // namespace thimble::json::detail
