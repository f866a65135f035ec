#pragma once
// Tells how far blobs are, one thread after another.

#include <mutex>

#include <thimble/registry/client.h>

namespace thimble::registry {

class Reporter final {
 public:
  explicit Reporter(const OnProgress& callback) : callback_(callback) {}

  void tell(const image::Descriptor& blob, Progress::State state, std::uint64_t bytes) {
    if (!callback_) return;
    const std::lock_guard lock(mutex_);
    callback_({blob.digest, state, bytes, blob.size});
  }

 private:
  const OnProgress& callback_;
  std::mutex mutex_;
};

}  // namespace thimble::registry
