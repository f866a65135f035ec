#include "interrupt.h"

#include <pthread.h>
#include <unistd.h>

#include <array>

#include <thimble/base/unfinished.h>

namespace thimble::cli {
namespace {

constexpr std::array<int, 3> kEnding{SIGINT, SIGTERM, SIGHUP};

// Whoever started this may have said that a signal is to be ignored, as nohup does.
bool is_ignored(int number) {
  struct sigaction now{};
  return ::sigaction(number, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

sigset_t waited_for() {
  sigset_t signals{};
  ::sigemptyset(&signals);
  for (const int number : kEnding) {
    if (!is_ignored(number)) ::sigaddset(&signals, number);
  }
  ::sigaddset(&signals, SIGUSR1);
  return signals;
}

[[noreturn]] void end_by(int number) {
  Unfinished::remove_all();
  ::_exit(128 + number);
}

// SIGUSR1 is the destructor's: nothing is to be removed.
void wait_for_signal() {
  const sigset_t signals = waited_for();
  int number = 0;
  if (::sigwait(&signals, &number) != 0 || number == SIGUSR1) return;
  end_by(number);
}

}  // namespace

Interrupt::Interrupt() {
  const sigset_t signals = waited_for();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  waiter_ = std::thread(wait_for_signal);
}

void Interrupt::stop() {
  if (!waiter_.joinable()) return;
  ::pthread_kill(waiter_.native_handle(), SIGUSR1);
  waiter_.join();
  // What a terminal sends to all may have ended a tool first, and with that the work.
  sigset_t pending{};
  ::sigpending(&pending);
  for (const int number : kEnding) {
    if (::sigismember(&pending, number) == 1) end_by(number);
  }
  const sigset_t signals = waited_for();
  ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

}  // namespace thimble::cli
