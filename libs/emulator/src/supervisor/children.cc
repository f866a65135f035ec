#include "children.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <array>
#include <cstring>
#include <tuple>
#include <utility>

namespace thimble::emulator {
namespace {

// The names Go prints, which are not the C library's everywhere.
std::string signal_name(int number) {
  switch (number) {
    case SIGHUP:
      return "hangup";
    case SIGINT:
      return "interrupt";
    case SIGQUIT:
      return "quit";
    case SIGILL:
      return "illegal instruction";
    case SIGTRAP:
      return "trace/breakpoint trap";
    case SIGABRT:
      return "aborted";
    case SIGBUS:
      return "bus error";
    case SIGFPE:
      return "floating point exception";
    case SIGKILL:
      return "killed";
    case SIGSEGV:
      return "segmentation fault";
    case SIGPIPE:
      return "broken pipe";
    case SIGALRM:
      return "alarm clock";
    case SIGTERM:
      return "terminated";
    default:
      return "signal " + std::to_string(number);
  }
}

}  // namespace

std::string Exit::text() const {
  if (WIFSIGNALED(status)) {
    return "signal: " + signal_name(WTERMSIG(status)) + (WCOREDUMP(status) ? " (core dumped)" : "");
  }
  return "exit status " + std::to_string(WEXITSTATUS(status));
}

void Children::watch(pid_t pid, Fd pidfd, ExitListener& listener) {
  auto exited = std::make_unique<FdWatch>(loop_, [this](Readiness) { collect(); });
  // Without a pidfd SIGCHLD alone has to do.
  if (pidfd.is_open()) std::ignore = exited->start(pidfd.number(), {.readable = true});
  watched_.insert_or_assign(pid, Watched{&listener, std::move(pidfd), std::move(exited)});
}

void Children::collect() {
  for (;;) {
    Exit exit;
    rusage usage{};
    const pid_t pid = ::wait4(-1, &exit.status, WNOHANG, &usage);
    if (pid <= 0) return;
    const auto found = watched_.find(pid);
    if (found == watched_.end()) continue;  // an orphan
    exit.max_memory_bytes = static_cast<std::size_t>(usage.ru_maxrss) * 1024;
    ExitListener& listener = *found->second.listener;
    watched_.erase(found);
    listener.on_exit(exit);
  }
}

}  // namespace thimble::emulator
