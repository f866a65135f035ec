#pragma once
// Answers that both of the emulator's servers give.

#include <string_view>

#include "thimble/http/exchange.h"

namespace thimble::emulator {

void reply_not_found(http::Exchange& exchange);
void reply_method_not_allowed(http::Exchange& exchange, std::string_view allowed);
void reply_foreign_origin(http::Exchange& exchange);

}  // namespace thimble::emulator
