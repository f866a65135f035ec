#pragma once
// Turns signals into calls on the loop.

#include <functional>
#include <memory>

#include "thimble/base/event_loop.h"
#include "thimble/base/fd.h"
#include "thimble/base/result.h"

#include "spawn.h"

namespace thimble::emulator {

// Takes over SIGTERM, SIGINT and SIGCHLD, ignores SIGPIPE, makes this process the parent of its
// descendants' orphans and raises its limit of open files to the allowed maximum. One per program.
class Signals final {
 public:
  // Called with SIGTERM, SIGINT or SIGCHLD, on the loop.
  using Callback = std::function<void(int number)>;

  [[nodiscard]] static Result<std::unique_ptr<Signals>> take_over(EventLoop& loop,
                                                                  Callback callback);

  // How things were before, for children.
  [[nodiscard]] const InheritedState& inherited() const { return inherited_; }

 private:
  Signals(EventLoop& loop, Callback callback)
      : callback_(std::move(callback)), watch_(loop, [this](Readiness) { read(); }) {}
  void read();

  Callback callback_;
  InheritedState inherited_;
  Fd fd_;
  FdWatch watch_;
};

}  // namespace thimble::emulator
