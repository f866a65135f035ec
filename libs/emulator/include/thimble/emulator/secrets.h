#pragma once
// Keeps what the environment holds in confidence out of what is printed.

#include <string>
#include <string_view>

#include "thimble/base/env.h"

namespace thimble::emulator {

// `text` with *** in the place of every value, of at least eight bytes, of a variable of `env` that
// is called a secret (SECRET, TOKEN, PASS, KEY, AUTH, COOKIE or CREDENTIAL is in its name), and of
// every password in a URL that `env` holds. For text that may repeat what came from outside, such
// as a command line.
[[nodiscard]] std::string without_secrets(std::string_view text, const Env& env);

}  // namespace thimble::emulator
