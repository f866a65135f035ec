#pragma once
// Ctrl-C: what is half-written goes, then the program ends.

#include <csignal>
#include <thread>

namespace thimble::cli {

// While it lives, SIGINT, SIGTERM and SIGHUP remove all `Unfinished` files and folders and end the
// program with 128 + the signal. Made by main before any other thread.
class Interrupt final {
 public:
  Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  ~Interrupt() { stop(); }

  // Signals end the program as usual again, and its thread is gone.
  void stop();

 private:
  std::thread waiter_;
};

}  // namespace thimble::cli
