#pragma once
// Several things at once, as many as are good for the registry.

#include <cstddef>
#include <functional>
#include <stop_token>

#include <thimble/base/result.h>

namespace thimble::registry {

// Calls `task` with 0 to `count` - 1, in order, in up to `threads` threads. After the first
// failure, or once `stop` is requested, no other task begins, and those under way are told by their
// token. Returns the first failure when all have ended.
[[nodiscard]] Result<void> for_each_of(
    std::size_t count, unsigned threads, const std::stop_token& stop,
    const std::function<Result<void>(std::size_t, std::stop_token)>& task);

}  // namespace thimble::registry
