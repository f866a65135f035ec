#pragma once
// An invocation as the answer to a runtime's /next, and as the event that says so.

#include <string>

#include "thimble/http/exchange.h"

#include "function.h"
#include "invocation.h"
#include "platform_event.h"

namespace thimble::emulator {

// Answers with the headers of
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-next and the payload.
void reply_next(http::Exchange& exchange, const Invocation& invocation, const Function& function,
                const std::string& deadline_ms);

// Its views are the invocation's and the function's.
[[nodiscard]] InvokeStarted invoke_started(const Invocation& invocation, const Function& function);

// Until when an invocation that is delivered now has to be done, in milliseconds since the epoch.
[[nodiscard]] std::string deadline_ms(const Function& function, WallTime delivered);

}  // namespace thimble::emulator
