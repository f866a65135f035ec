#include "parallel.h"

#include <algorithm>
#include <mutex>
#include <thread>
#include <vector>

namespace thimble::registry {

Result<void> for_each_of(std::size_t count, unsigned threads, const std::stop_token& stop,
                         const std::function<Result<void>(std::size_t, std::stop_token)>& task) {
  std::stop_source ending;
  const std::stop_callback forward(stop, [&ending] { ending.request_stop(); });
  std::mutex mutex;
  std::size_t next = 0;
  Result<void> outcome;
  const auto work = [&] {
    for (;;) {
      std::size_t mine = 0;
      {
        const std::lock_guard lock(mutex);
        if (next == count) return;
        if (ending.stop_requested()) {
          if (outcome) outcome = fail(ErrorCode::kIo, "interrupted");
          return;
        }
        mine = next++;
      }
      auto done = task(mine, ending.get_token());
      if (done) continue;
      const std::lock_guard lock(mutex);
      if (outcome) outcome = std::move(done);
      ending.request_stop();
    }
  };
  {
    std::vector<std::jthread> others;
    const std::size_t useful = std::min<std::size_t>(std::max(threads, 1U), count);
    for (std::size_t i = 1; i < useful; ++i) others.emplace_back(work);
    work();
  }
  return outcome;
}

}  // namespace thimble::registry
