#pragma once
// What /proc, the kernel's clocks, strace and gzip say about a process or a file.

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "support.h"

namespace thimble::bench {

// CPU time of the whole process, ended threads included, in nanoseconds: user and system.
std::int64_t cpu_ns(pid_t pid);

struct Memory {
  std::int64_t resident_kib = 0;  // VmRSS
  std::int64_t peak_kib = 0;      // VmHWM
};
Memory memory(pid_t pid);

int open_descriptors(pid_t pid);

// The children of `pid` that have ended and that nobody waited for; all children when
// `zombies_only` is false.
int children(pid_t pid, bool zombies_only);
// The parent of `pid`, 0 when there is no such process.
pid_t parent_of(pid_t pid);
// The first living child of `pid`, 0 when it has none.
pid_t first_child(pid_t pid);

// The last `count` lines of a file.
std::string last_lines(const std::string& path, int count);

std::int64_t file_bytes(const std::string& path);
// Size under `gzip -9`; none when there is no gzip.
std::optional<std::int64_t> gzip_bytes(const std::string& path);

// Counts the system calls of a process with `strace -f -c` between attach() and stop().
class CallCounter final {
 public:
  // Attaches and waits until that is done; none when there is no strace or it may not trace.
  static std::optional<CallCounter> attach(pid_t pid, const std::string& scratch_file);
  CallCounter(CallCounter&& other) noexcept;
  CallCounter& operator=(CallCounter&&) = delete;
  ~CallCounter();

  // Detaches; the number of calls by name.
  std::map<std::string, std::int64_t> stop();

 private:
  CallCounter(pid_t strace, std::string file, Fd messages)
      : strace_(strace), file_(std::move(file)), messages_(std::move(messages)) {}
  pid_t strace_;
  std::string file_;
  Fd messages_;  // stays open: strace dies when it cannot announce a new thread
};

struct Machine {
  int cores;
  std::string cpu;
  std::string kernel;
  std::string date;  // UTC
};
Machine this_machine();
double load_average();

}  // namespace thimble::bench
