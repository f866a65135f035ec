#pragma once
// Hands invocations to the environment, one after another, in the order they came.

#include <cstddef>
#include <deque>
#include <memory>

#include "thimble/base/event_loop.h"

#include "environment.h"
#include "invocation.h"

namespace thimble::emulator {

// One environment, a bounded queue of what callers wait for, and what runs in the background. A
// caller goes before the background's, but not for ever: after kMostBeforeBackground of them it is
// the background's turn.
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

  // The same in the background. Never refused: who submits sees to it that there are not too many.
  void submit_to_background(std::unique_ptr<Invocation> invocation);

  // Ends what waits with kShutDown and stops the environment.
  void shut_down(std::function<void()> on_stopped);

 private:
  void on_free() override { dispatch_.schedule(); }
  void dispatch();
  void run(std::unique_ptr<Invocation> invocation);
  [[nodiscard]] bool is_turn_of_background() const {
    return !background_.empty() && run_before_background_ >= kMostBeforeBackground;
  }

  static constexpr unsigned kMostBeforeBackground = 8;
  Limits limits_;
  Environment environment_;
  Deferred dispatch_;
  std::deque<std::unique_ptr<Invocation>> queue_;
  std::size_t queued_bytes_ = 0;
  std::deque<std::unique_ptr<Invocation>> background_;
  unsigned run_before_background_ = 0;  // of the queue, while the background waited
};

}  // namespace thimble::emulator
