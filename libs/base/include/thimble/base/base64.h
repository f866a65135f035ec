#pragma once
// Base64 of RFC 4648 section 4: the standard alphabet, padded.

#include <optional>
#include <string>
#include <string_view>

namespace thimble {

[[nodiscard]] std::string base64_encode(std::string_view bytes);

// Nothing if `text` is not exactly one padded base64 string; line breaks are not accepted.
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);

}  // namespace thimble
