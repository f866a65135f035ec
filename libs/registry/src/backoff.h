#pragma once
// How long to wait before something is tried again, and when not to any more.

#include <chrono>
#include <optional>
#include <stop_token>

#include <thimble/registry/client.h>

namespace thimble::registry {

// For one thing that is tried several times.
class Backoff final {
 public:
  Backoff(const RetryOptions& options, std::stop_token stop)
      : options_(options), stop_(std::move(stop)) {}

  // Waits until it is time to try again. False, at once, if that was often enough, if the server
  // wants to be left alone for too long, or if it was stopped.
  [[nodiscard]] bool wait(std::optional<std::chrono::seconds> retry_after = std::nullopt);

  // There was progress: the count begins again.
  void reset() { failures_ = 0; }

 private:
  RetryOptions options_;
  std::stop_token stop_;
  int failures_ = 0;
};

}  // namespace thimble::registry
