#include "thimble/base/random_id.h"

#include <sys/random.h>

#include <cerrno>
#include <cstdlib>

namespace thimble {
namespace {

constexpr char kHex[] = "0123456789abcdef";
constexpr std::size_t kUuidSize = 36;

bool is_hex_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

}  // namespace

bool is_uuid(std::string_view text) {
  if (text.size() != kUuidSize) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash ? text[i] != '-' : !is_hex_digit(text[i])) return false;
  }
  return true;
}

std::uint8_t RandomIds::next_byte() {
  if (used_ == kPoolBytes) {
    std::size_t filled = 0;
    while (filled < kPoolBytes) {
      const ssize_t got = ::getrandom(pool_ + filled, kPoolBytes - filled, 0);
      // Without random numbers there are no identifiers; no kernel that has getrandom fails here.
      if (got < 0 && errno != EINTR) std::abort();
      if (got > 0) filled += static_cast<std::size_t>(got);
    }
    used_ = 0;
  }
  return pool_[used_++];
}

std::string RandomIds::uuid() {
  std::string text(kUuidSize, '-');
  std::size_t at = 0;
  for (int i = 0; i < 16; ++i) {
    std::uint8_t byte = next_byte();
    if (i == 6) byte = static_cast<std::uint8_t>((byte & 0x0f) | 0x40);  // version 4
    if (i == 8) byte = static_cast<std::uint8_t>((byte & 0x3f) | 0x80);  // variant 10
    if (i == 4 || i == 6 || i == 8 || i == 10) ++at;
    text[at++] = kHex[byte >> 4];
    text[at++] = kHex[byte & 15];
  }
  return text;
}

std::string RandomIds::hex(std::size_t digits) {
  std::string text;
  text.reserve(digits);
  while (text.size() < digits) text += kHex[next_byte() & 15];
  return text;
}

}  // namespace thimble
