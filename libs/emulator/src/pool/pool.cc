#include "pool.h"

#include <utility>

namespace thimble::emulator {

std::unique_ptr<Invocation> Pool::submit(std::unique_ptr<Invocation> invocation) {
  if (queue_.empty() && environment_.is_free()) {
    environment_.invoke(std::move(invocation));
    return nullptr;
  }
  const std::size_t bytes = invocation->payload->size();
  if (queue_.size() >= limits_.invocations || queued_bytes_ + bytes > limits_.bytes)
    return invocation;
  queued_bytes_ += bytes;
  queue_.push_back(std::move(invocation));
  return nullptr;
}

void Pool::dispatch() {
  if (queue_.empty() || !environment_.is_free()) return;
  auto next = std::move(queue_.front());
  queue_.pop_front();
  queued_bytes_ -= next->payload->size();
  environment_.invoke(std::move(next));
}

void Pool::shut_down(std::function<void()> on_stopped) {
  dispatch_.cancel();
  for (const auto& invocation : std::exchange(queue_, {}))
    invocation->end({.kind = Outcome::Kind::kShutDown});
  environment_.shut_down(std::move(on_stopped));
}

}  // namespace thimble::emulator
