#pragma once
// Identifiers nobody can guess: version 4 UUIDs and plain hexadecimal strings, from the kernel's
// random numbers.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace thimble {

// Whether `text` has the form of a UUID, of any version, in either case.
[[nodiscard]] bool is_uuid(std::string_view text);

// Hands out random identifiers. It asks the kernel for 1 KiB at a time, so an identifier seldom
// costs a system call.
class RandomIds final {
 public:
  // A version 4 UUID of RFC 9562 section 5.4, 36 lower-case characters.
  [[nodiscard]] std::string uuid();

  // `digits` lower-case hexadecimal digits.
  [[nodiscard]] std::string hex(std::size_t digits);

 private:
  std::uint8_t next_byte();

  static constexpr std::size_t kPoolBytes = 1024;
  std::uint8_t pool_[kPoolBytes] = {};
  std::size_t used_ = kPoolBytes;
};

}  // namespace thimble
