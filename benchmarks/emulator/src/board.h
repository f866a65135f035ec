#pragma once
// A shared page between the driver and the runtime, for the tests that kill. The runtime says where
// it is, the driver reads it without asking anybody, and no system call disturbs what is measured.

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

namespace thimble::bench {

// The environment variable that names the board's file. Without it the runtime only echoes.
inline constexpr const char* kBoardVariable = "THIMBLE_BENCH_BOARD";

// A payload that the runtime obeys starts with {"seq":0000000001,"do":"e" where the letter is one
// of these.
enum Verb : char {
  kEcho = 'e',
  kHoldBusy = 'h',        // take the invocation and never answer
  kHoldHalfPosted = 'p',  // send the head and half of the body of the response, then stop
  kHoldPosted = 'a',      // post the response, never ask for the next
  kMakeOrphans = 'o',     // leave ten orphans behind, then answer
};

struct Board {
  static constexpr std::uint32_t kSlots = 1u << 20;

  std::atomic<std::int32_t> runtime_pid;
  std::atomic<std::uint32_t> starts;  // how many runtimes began
  std::atomic<std::uint32_t>
      finished;  // the last invocation after which a runtime went back to /next
  std::atomic<std::uint32_t>
      held;  // the number of the invocation a runtime holds on to, 0 for none
  std::atomic<std::uint32_t> hold_init;    // the driver's order: a new runtime stays in its init
  std::atomic<std::uint32_t> in_init;      // the pid of a runtime that does so
  std::atomic<std::uint32_t> orphans;      // how many were made
  std::atomic<std::uint8_t> runs[kSlots];  // how often each invocation reached a handler

  // Maps the file at `path`, making it when `create` is set; null when that fails.
  static Board* open(const char* path, bool create) {
    const int fd = ::open(path, O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0), 0600);
    if (fd < 0) return nullptr;
    void* memory = MAP_FAILED;
    if (!create || ftruncate(fd, sizeof(Board)) == 0) {
      memory = mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    }
    close(fd);
    return memory == MAP_FAILED ? nullptr : static_cast<Board*>(memory);
  }
};
static_assert(std::atomic<std::uint32_t>::is_always_lock_free);

}  // namespace thimble::bench
