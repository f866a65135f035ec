#pragma once
// SHA-1 (FIPS 180-4), of OpenSSL: for names that other programs made with it, never for safety.

#include <string>
#include <string_view>

namespace thimble::hash {

// The 40 lower-case hexadecimal digits.
[[nodiscard]] std::string sha1_hex(std::string_view bytes);

}  // namespace thimble::hash
