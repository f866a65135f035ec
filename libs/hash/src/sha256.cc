#include "thimble/hash/sha256.h"

#include <new>

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace thimble::hash {

struct Sha256::Context {
  Context() : evp(EVP_MD_CTX_new()) {
    if (evp == nullptr || EVP_DigestInit_ex(evp, EVP_sha256(), nullptr) != 1) {
      throw std::bad_alloc();
    }
  }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() { EVP_MD_CTX_free(evp); }
  EVP_MD_CTX* evp;
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::update(std::string_view bytes) {
  EVP_DigestUpdate(context_->evp, bytes.data(), bytes.size());
}

Sha256Value Sha256::finish() {
  Sha256Value value{};
  EVP_DigestFinal_ex(context_->evp, value.data(), nullptr);
  return value;
}

Sha256Value sha256(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

Sha256Value hmac_sha256(std::string_view key, std::string_view bytes) {
  Sha256Value value{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), value.data(), &size);
  return value;
}

std::string to_hex(std::string_view bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    hex += kDigits[value >> 4U];
    hex += kDigits[value & 15U];
  }
  return hex;
}

std::string to_bytes(const Sha256Value& value) {
  return {reinterpret_cast<const char*>(value.data()), value.size()};
}

std::string to_hex(const Sha256Value& value) {
  return to_hex(to_bytes(value));
}

}  // namespace thimble::hash
