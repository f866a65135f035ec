#include "thimble/base/random_id.h"

#include <sys/random.h>

#include <cerrno>
#include <cstdlib>

namespace thimble {
namespace {

constexpr char kHex[] = "0123456789abcdef";

}  // namespace

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
  std::string text(36, '-');
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
