#pragma once
// Whether this is a container, where a published port is the only way in.

#include <string_view>

#include "thimble/base/env.h"

namespace thimble::emulator {

// Where to be invoked when the user does not say: every address as PID 1 or inside a container, as
// the public emulator does everywhere; loopback elsewhere, so that nobody else on the network can
// run code here.
[[nodiscard]] std::string_view default_invoke_address(const Env& env);

}  // namespace thimble::emulator
