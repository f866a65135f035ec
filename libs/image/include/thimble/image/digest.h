#pragma once
// Names content by its hash: "sha256:" and 64 digits.

#include <compare>
#include <string>
#include <string_view>

#include <thimble/base/result.h>
#include <thimble/hash/sha256.h>

namespace thimble::image {

// A digest of OCI's image specification, "Descriptors", section "Digests". Only SHA-256, which is
// all that registries and Lambda take.
class Digest final {
 public:
  // Takes "sha256:" followed by 64 lower-case hexadecimal digits.
  [[nodiscard]] static Result<Digest> parse(std::string_view text);

  // Of these bytes.
  [[nodiscard]] static Digest of(std::string_view bytes) { return Digest(hash::sha256(bytes)); }

  explicit Digest(const hash::Sha256Value& value) : hex_(hash::to_hex(value)) {}

  [[nodiscard]] std::string str() const { return "sha256:" + hex_; }
  [[nodiscard]] const std::string& hex() const { return hex_; }

  friend auto operator<=>(const Digest&, const Digest&) = default;

 private:
  explicit Digest(std::string_view hex) : hex_(hex) {}
  std::string hex_;
};

}  // namespace thimble::image
