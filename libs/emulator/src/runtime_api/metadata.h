#pragma once
// Lambda's metadata endpoint, which a runtime and its extensions find beside the Runtime API.

#include "thimble/http/exchange.h"

#include "function.h"

namespace thimble::emulator {

// Answers a request for the execution environment's metadata: to a GET that carries the function's
// metadata_token. `is_before_snapshot`: the answer may soon be another.
void reply_metadata(http::Exchange& exchange, const Function& function, bool is_before_snapshot);

}  // namespace thimble::emulator
