#pragma once
// How people write where the engine for durable functions is.

#include <string_view>

#include "thimble/base/result.h"
#include "thimble/http/address.h"

namespace thimble::emulator {

// Reads "http://HOST:PORT", perhaps with a slash at its end.
[[nodiscard]] Result<http::Address> parse_durable_endpoint(std::string_view text);

}  // namespace thimble::emulator
