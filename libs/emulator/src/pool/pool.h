#pragma once
// Hands invocations to the environment, one after another, in the order they came.

#include <cstddef>
#include <deque>
#include <memory>

#include "thimble/base/event_loop.h"

#include "environment.h"
#include "invocation.h"

namespace thimble::emulator {

// One environment and a bounded queue in front of it.
class Pool final : public EnvironmentListener {
 public:
  // How many invocations may wait, and how many bytes of payload they may have together.
  struct Limits {
    std::size_t invocations;
    std::size_t bytes;
  };

  Pool(const EnvironmentContext& context, Limits limits)
      : limits_(limits),
        environment_(context, *this),
        dispatch_(context.loop, [this] { dispatch(); }) {}

  [[nodiscard]] Environment& environment() { return environment_; }

  // Takes the invocation over, to be run now or later; or returns it if the queue is full.
  [[nodiscard]] std::unique_ptr<Invocation> submit(std::unique_ptr<Invocation> invocation);

  // Ends what waits with kShutDown and stops the environment.
  void shut_down(std::function<void()> on_stopped);

 private:
  void on_free() override { dispatch_.schedule(); }
  void dispatch();

  Limits limits_;
  Environment environment_;
  Deferred dispatch_;
  std::deque<std::unique_ptr<Invocation>> queue_;
  std::size_t queued_bytes_ = 0;
};

}  // namespace thimble::emulator
