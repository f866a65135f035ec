#pragma once
// SHA-256 (FIPS 180-4) and HMAC (RFC 2104) with it, of OpenSSL.

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace thimble::hash {

using Sha256Value = std::array<std::uint8_t, 32>;

// Hashes bytes as they come. An object can be moved; what it was moved from is only to be
// destroyed.
class Sha256 final {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();

  void update(std::string_view bytes);

  // The hash of all so far; called once, as the last.
  [[nodiscard]] Sha256Value finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

[[nodiscard]] Sha256Value sha256(std::string_view bytes);
[[nodiscard]] Sha256Value hmac_sha256(std::string_view key, std::string_view bytes);

// Lower-case hexadecimal digits.
[[nodiscard]] std::string to_hex(std::string_view bytes);
[[nodiscard]] std::string to_hex(const Sha256Value& value);

// The 32 bytes as a string, to be a key or to be sent.
[[nodiscard]] std::string to_bytes(const Sha256Value& value);

}  // namespace thimble::hash
