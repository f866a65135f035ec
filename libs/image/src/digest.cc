#include "thimble/image/digest.h"

namespace thimble::image {

Result<Digest> Digest::parse(std::string_view text) {
  constexpr std::string_view kPrefix = "sha256:";
  const auto refuse = [](std::string_view why) {
    return fail(ErrorCode::kInvalid,
                "a digest is 'sha256:' and 64 hexadecimal digits: " + std::string(why));
  };
  if (!text.starts_with(kPrefix)) return refuse("another algorithm");
  text.remove_prefix(kPrefix.size());
  if (text.size() != 64) return refuse("another length");
  for (const char digit : text) {
    if (!(digit >= '0' && digit <= '9') && !(digit >= 'a' && digit <= 'f')) {
      return refuse("another character");
    }
  }
  return Digest(text);
}

}  // namespace thimble::image
