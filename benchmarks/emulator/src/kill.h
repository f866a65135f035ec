#pragma once
// The tests of `benchmarks/emulator/soak` that hurt the runtime or leave processes behind.

#include <cstdint>
#include <string>

#include "subject.h"

namespace thimble::bench {

struct SoakSetup {
  Program program;
  std::string runtime;
  std::string scratch;  // file prefix
};

// Kills the runtime `kills` times with SIGKILL, in every state in turn. True when each caller got
// an answer, none waited for longer than the promise at the 99th percentile, no invocation reached
// a handler twice and no descriptor leaked.
bool run_kills(const SoakSetup& setup, std::uint32_t kills);

// Starts the emulator as PID 1 and leaves `orphans` processes to it. True when it has reaped all of
// them.
bool run_orphans(const SoakSetup& setup, std::uint32_t orphans);

}  // namespace thimble::bench
