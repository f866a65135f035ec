#pragma once
// Finds the end of what needs no attention in a string, and steps over UTF-8: the two loops that
// all time is spent in.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace thimble::json::detail {

inline constexpr std::uint64_t kEachByte = 0x0101010101010101;
inline constexpr std::uint64_t kHighBits = 0x8080808080808080;

// The high bit of the lowest byte of `word` that equals `c` is set; bytes above that one may be
// wrong.
constexpr std::uint64_t equals(std::uint64_t word, char c) {
  const std::uint64_t zeroed = word ^ (kEachByte * static_cast<unsigned char>(c));
  return (zeroed - kEachByte) & ~zeroed & kHighBits;
}

// The same for a byte that a string cannot hold as it is, or that starts or continues a UTF-8
// sequence.
constexpr std::uint64_t not_plain(std::uint64_t word) {
  const std::uint64_t control = (word - kEachByte * 0x20) & ~word;
  return ((control | word) & kHighBits) | equals(word, '"') | equals(word, '\\');
}

constexpr bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

// Also what is special in HTML, and DEL.
constexpr std::uint64_t not_plainest(std::uint64_t word) {
  return not_plain(word) | equals(word, '<') | equals(word, '>') | equals(word, '&') |
         equals(word, '\x7F');
}

constexpr bool is_plainest(char c) {
  return is_plain(c) && c != '<' && c != '>' && c != '&' && c != '\x7F';
}

// The first byte from `at` on for which `IsFine` does not hold; `Flagged` says the same of eight.
template <auto Flagged, auto IsFine>
const char* skip(const char* at, const char* end) {
  if constexpr (std::endian::native == std::endian::little) {
    for (; end - at >= 8; at += 8) {
      std::uint64_t word;
      std::memcpy(&word, at, sizeof word);
      if (const std::uint64_t found = Flagged(word)) return at + std::countr_zero(found) / 8;
    }
  }
  while (at != end && IsFine(*at)) ++at;
  return at;
}

// The first byte that is not plain: a quote, a backslash, a control character or not ASCII.
inline const char* skip_plain(const char* at, const char* end) {
  return skip<not_plain, is_plain>(at, end);
}

inline const char* skip_plainest(const char* at, const char* end) {
  return skip<not_plainest, is_plainest>(at, end);
}

// One UTF-8 sequence, or the longest beginning of one (Unicode 16, table 3-7: the "maximal
// subpart").
struct Sequence {
  std::ptrdiff_t length;  // At least 1.
  bool valid;
};

// The sequence at `at`, which is before `end` and not ASCII.
inline Sequence utf8_sequence(const char* at, const char* end) {
  const auto byte = [&](std::ptrdiff_t i) { return static_cast<unsigned char>(at[i]); };
  const auto continues = [&](std::ptrdiff_t i) { return i < end - at && (byte(i) & 0xC0) == 0x80; };
  const unsigned char lead = byte(0);
  if (lead < 0xC2 || lead > 0xF4 || !continues(1)) return {1, false};
  if (lead < 0xE0) return {2, true};
  // What keeps overlong forms, surrogates and code points past U+10FFFF out is the range of the
  // second byte.
  if ((lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xED && byte(1) >= 0xA0) ||
      (lead == 0xF0 && byte(1) < 0x90) || (lead == 0xF4 && byte(1) >= 0x90)) {
    return {1, false};
  }
  if (!continues(2)) return {2, false};
  if (lead < 0xF0) return {3, true};
  if (!continues(3)) return {3, false};
  return {4, true};
}

// The first byte from `at` on that is ASCII or does not begin a valid sequence.
inline const char* skip_utf8(const char* at, const char* end) {
  while (at != end && static_cast<unsigned char>(*at) >= 0x80) {
    const auto [length, valid] = utf8_sequence(at, end);
    if (!valid) break;
    at += length;
  }
  return at;
}

// Whether the three bytes of a surrogate, which are not UTF-8, are at `at`.
inline bool is_surrogate(const char* at, const char* end) {
  return end - at >= 3 && at[0] == '\xED' && (static_cast<unsigned char>(at[1]) & 0xE0) == 0xA0 &&
         (static_cast<unsigned char>(at[2]) & 0xC0) == 0x80;
}

}  // namespace thimble::json::detail
