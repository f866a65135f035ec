#pragma once
// Base64 of RFC 4648 section 4: the standard alphabet, padded.

#include <string>
#include <string_view>

#include "thimble/base/result.h"

namespace thimble {

[[nodiscard]] std::string base64_encode(std::string_view bytes);

// Fails, naming the first wrong byte, if `text` is not exactly one padded base64 string. Line
// breaks are not accepted.
[[nodiscard]] Result<std::string> base64_decode(std::string_view text);

}  // namespace thimble
