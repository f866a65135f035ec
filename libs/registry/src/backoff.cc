#include "backoff.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace thimble::registry {

bool Backoff::wait(std::optional<std::chrono::seconds> retry_after) {
  if (++failures_ >= options_.attempts || stop_.stop_requested()) return false;
  if (retry_after && *retry_after > options_.longest_retry_after) return false;
  std::chrono::milliseconds delay = options_.first_delay * (1LL << std::min(failures_ - 1, 20));
  delay = std::min(delay, options_.longest_delay);
  if (retry_after) delay = std::max<std::chrono::milliseconds>(delay, *retry_after);
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop_, delay, [] { return false; });
  return !stop_.stop_requested();
}

}  // namespace thimble::registry
