#pragma once
// The emulator as a whole.

#include "thimble/base/env.h"
#include "thimble/base/result.h"
#include "thimble/emulator/options.h"

namespace thimble::emulator {

// Serves invocations until SIGTERM or SIGINT. Writes to stdout and stderr. Fails, in one line, if
// the configuration is wrong, the function cannot be found or a port is taken; then nothing has
// been started. Once per program.
[[nodiscard]] Result<void> run(const Options& options, const Env& env);

}  // namespace thimble::emulator
