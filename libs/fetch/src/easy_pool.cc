#include "easy_pool.h"

#include <utility>

namespace thimble::fetch {

Easy EasyPool::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      Easy easy = std::move(idle_.back());
      idle_.pop_back();
      return easy;
    }
  }
  return Easy(curl_easy_init());
}

void EasyPool::give_back(Easy easy) {
  curl_easy_reset(easy.get());
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(easy));
}

void EasyPool::clear() {
  const std::lock_guard lock(mutex_);
  idle_.clear();
}

}  // namespace thimble::fetch
