#pragma once
// Keeps a peer that goes away while it is written to from ending this process.

#include <signal.h>

namespace thimble::fetch {

// Blocks SIGPIPE in this thread while it lives, and takes one that came meanwhile. libcurl's own
// way, which changes the signal's action for the whole process, is not safe in several threads.
class SigpipeBlock final {
 public:
  SigpipeBlock();
  SigpipeBlock(const SigpipeBlock&) = delete;
  SigpipeBlock& operator=(const SigpipeBlock&) = delete;
  ~SigpipeBlock();

 private:
  sigset_t before_{};
  bool was_pending_ = false;
};

}  // namespace thimble::fetch
