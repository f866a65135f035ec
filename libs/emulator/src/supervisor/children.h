#pragma once
// Collects ended processes: those we started, and the orphans that PID 1 is left with.

#include <sys/types.h>

#include <cstddef>
#include <map>
#include <memory>
#include <string>

#include "thimble/base/event_loop.h"
#include "thimble/base/fd.h"

namespace thimble::emulator {

// How a process ended.
struct Exit {
  int status = 0;  // as wait() tells it
  std::size_t max_memory_bytes = 0;

  // "exit status 1", "signal: killed"; for status 0 "exit status 0".
  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool is_clean() const { return status == 0; }
};

// Told once when the process has ended and been collected.
class ExitListener {
 public:
  virtual ~ExitListener() = default;
  virtual void on_exit(const Exit& exit) = 0;
};

// Waits for every child. It knows of an exit from SIGCHLD, which whoever reads signals passes on,
// and sooner from the child's pidfd where the kernel has them.
class Children final {
 public:
  explicit Children(EventLoop& loop) : loop_(loop) {}

  // Tells `listener` of the end of `pid`; `pidfd` may be closed.
  void watch(pid_t pid, Fd pidfd, ExitListener& listener);
  void forget(pid_t pid) { watched_.erase(pid); }

  // Collects everything that has ended by now.
  void collect();

 private:
  struct Watched {
    ExitListener* listener;
    Fd pidfd;
    std::unique_ptr<FdWatch> watch;  // stops before pidfd is closed
  };

  EventLoop& loop_;
  std::map<pid_t, Watched> watched_;
};

}  // namespace thimble::emulator
