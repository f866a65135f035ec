#pragma once
// What a client's processes have used: those of the client and of all its descendants together.

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "support.h"

namespace thimble::bench {

// `root` and its living descendants.
std::vector<pid_t> process_tree(pid_t root);

struct Usage {
  std::int64_t cpu_ns = 0;  // user and system, of all threads, ended ones included
  std::int64_t faults = 0;  // minor page faults
};
// Of processes that live: what a child used that has ended in between is not seen.
Usage usage(const std::vector<pid_t>& processes);

// What is mapped executable into a process beside its own program.
struct Libraries {
  int count = 0;
  std::int64_t bytes = 0;  // of the files
};
Libraries libraries(pid_t pid);

// Whether the program names a dynamic linker; none when it is no ELF file, such as a script.
std::optional<bool> is_static(const std::string& path);

// Counts the system calls of processes, and of threads and processes they start later, without
// stopping them. Uses the kernel's tracepoint, which needs the right to (perf_event_paranoid,
// root).
class CallTracepoint final {
 public:
  // None when the kernel does not permit it.
  static std::optional<CallTracepoint> open(const std::vector<pid_t>& processes);
  [[nodiscard]] std::int64_t count() const;

 private:
  std::vector<Fd> events_;
};

}  // namespace thimble::bench
