#pragma once
// Ends the program when Lambda says so.

#include <functional>

#include <thimble/base/result.h>

#include "endpoint.h"

namespace thimble::ric {

// Registers an internal extension without events, which is what makes Lambda send SIGTERM before
// SIGKILL, and from then on answers SIGTERM by calling `hook` on a thread of its own and leaving
// with exit code 0. Once per program; both outlive it.
[[nodiscard]] Result<void> call_on_shutdown(const Endpoint& endpoint,
                                            const std::function<void()>& hook);

// Before the program ends by itself: does not return if the hook is running, which then ends it.
void let_hook_finish();

}  // namespace thimble::ric
