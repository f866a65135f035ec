#include "pool.h"

#include <utility>

namespace thimble::emulator {

std::unique_ptr<Invocation> Pool::submit(std::unique_ptr<Invocation> invocation) {
  if (queue_.empty() && !is_turn_of_background() && environment_.is_free()) {
    run(std::move(invocation));
    return nullptr;
  }
  const std::size_t bytes = invocation->payload->size();
  if (queue_.size() >= limits_.invocations || queued_bytes_ + bytes > limits_.bytes)
    return invocation;
  queued_bytes_ += bytes;
  queue_.push_back(std::move(invocation));
  return nullptr;
}

void Pool::submit_to_background(std::unique_ptr<Invocation> invocation) {
  background_.push_back(std::move(invocation));
  if (environment_.is_free()) dispatch_.schedule();
}

void Pool::run(std::unique_ptr<Invocation> invocation) {
  if (!background_.empty()) ++run_before_background_;
  environment_.invoke(std::move(invocation));
}

void Pool::dispatch() {
  if (!environment_.is_free()) return;
  if (!background_.empty() && (queue_.empty() || is_turn_of_background())) {
    auto next = std::move(background_.front());
    background_.pop_front();
    run_before_background_ = 0;
    return environment_.invoke(std::move(next));
  }
  if (queue_.empty()) return;
  auto next = std::move(queue_.front());
  queue_.pop_front();
  queued_bytes_ -= next->payload->size();
  run(std::move(next));
}

void Pool::shut_down(std::function<void()> on_stopped) {
  dispatch_.cancel();
  for (const auto& invocation : std::exchange(queue_, {}))
    invocation->end({.kind = Outcome::Kind::kShutDown});
  for (const auto& invocation : std::exchange(background_, {}))
    invocation->end({.kind = Outcome::Kind::kShutDown});
  environment_.shut_down(std::move(on_stopped));
}

}  // namespace thimble::emulator
