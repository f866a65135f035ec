#include "thimble/hash/sha1.h"

#include <array>

#include <openssl/evp.h>

#include <thimble/hash/sha256.h>

namespace thimble::hash {

std::string sha1_hex(std::string_view bytes) {
  std::array<char, 20> value{};
  EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(value.data()), nullptr,
             EVP_sha1(), nullptr);
  return to_hex(std::string_view(value.data(), value.size()));
}

}  // namespace thimble::hash
