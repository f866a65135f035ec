#include "interrupt.h"

#include <pthread.h>
#include <unistd.h>

#include <thimble/base/unfinished.h>

namespace thimble::cli {
namespace {

sigset_t waited_for() {
  sigset_t signals{};
  ::sigemptyset(&signals);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGUSR1}) ::sigaddset(&signals, number);
  return signals;
}

// SIGUSR1 is the destructor's: nothing is to be removed.
void wait_for_signal() {
  const sigset_t signals = waited_for();
  int number = 0;
  if (::sigwait(&signals, &number) != 0 || number == SIGUSR1) return;
  Unfinished::remove_all();
  ::_exit(128 + number);
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
  const sigset_t signals = waited_for();
  ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

}  // namespace thimble::cli
