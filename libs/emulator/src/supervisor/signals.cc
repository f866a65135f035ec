#include "signals.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace thimble::emulator {

Result<std::unique_ptr<Signals>> Signals::take_over(EventLoop& loop, Callback callback) {
  std::unique_ptr<Signals> signals(new Signals(loop, std::move(callback)));
  sigset_t ours;
  ::sigemptyset(&ours);
  for (const int number : {SIGTERM, SIGINT, SIGCHLD}) ::sigaddset(&ours, number);
  ::sigprocmask(SIG_BLOCK, &ours, &signals->inherited_.signal_mask);
  // Children start with the mask we were given, but never deaf to their end.
  for (const int number : {SIGTERM, SIGINT, SIGCHLD})
    ::sigdelset(&signals->inherited_.signal_mask, number);

  struct sigaction ignore{};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, nullptr);
  ::sigaction(SIGXFSZ, &ignore, nullptr);  // a limit on the log's size is like a full disk
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);

  if (::getrlimit(RLIMIT_NOFILE, &signals->inherited_.open_files) == 0) {
    rlimit raised = signals->inherited_.open_files;
    raised.rlim_cur = raised.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &raised);
  }

  signals->fd_ = Fd(::signalfd(-1, &ours, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!signals->fd_.is_open()) return fail(system_error("signalfd"));
  if (auto started = signals->watch_.start(signals->fd_.number(), {.readable = true}); !started) {
    return fail(std::move(started.error()));
  }
  return signals;
}

void Signals::read() {
  signalfd_siginfo info{};
  while (::read(fd_.number(), &info, sizeof info) == sizeof info)
    callback_(static_cast<int>(info.ssi_signo));
}

}  // namespace thimble::emulator
