#pragma once
// The memory an environment's processes have together, counted and limited by the kernel.

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <string>

#include "thimble/base/fd.h"
#include "thimble/base/result.h"

#include "cgroup.h"

namespace thimble::emulator {

// Where groups can be made: below the emulator's own cgroup. In version 2 one that holds processes
// may not pass a controller on, so there the emulator itself moves one down, and back at the end.
class MemoryGroupParent final {
 public:
  // Removes what an emulator that was killed has left there. Fails if no group can be made.
  [[nodiscard]] static Result<std::unique_ptr<MemoryGroupParent>> prepare(MemoryCgroup own);
  MemoryGroupParent(const MemoryGroupParent&) = delete;
  MemoryGroupParent& operator=(const MemoryGroupParent&) = delete;
  ~MemoryGroupParent();

  [[nodiscard]] const MemoryCgroup& cgroup() const { return own_; }

 private:
  explicit MemoryGroupParent(MemoryCgroup own) : own_(std::move(own)) {}
  [[nodiscard]] Result<void> pass_memory_on();

  MemoryCgroup own_;
  std::string moved_to_;  // empty: the emulator is where it was
};

// One group. Destroying it kills what is left in it.
class MemoryGroup final {
 public:
  // `parent` outlives it.
  [[nodiscard]] static Result<std::unique_ptr<MemoryGroup>> create(const MemoryGroupParent& parent,
                                                                   std::size_t limit_bytes);
  MemoryGroup(const MemoryGroup&) = delete;
  MemoryGroup& operator=(const MemoryGroup&) = delete;
  ~MemoryGroup();

  // Whoever writes "0" to it has joined. Stays ours.
  [[nodiscard]] int joining() const { return procs_.number(); }

  // How many processes the kernel has killed in it because it was full.
  [[nodiscard]] std::size_t kills() const;
  // What its processes, and files in memory, use now; without the cache of files on disks, which
  // gives way.
  [[nodiscard]] std::size_t used_bytes() const;
  // The most that was used, with the cache; 0 if the kernel does not know.
  [[nodiscard]] std::size_t peak_bytes() const;

 private:
  MemoryGroup(bool is_v2, std::string folder) : is_v2_(is_v2), folder_(std::move(folder)) {}
  [[nodiscard]] Result<void> limit(std::size_t bytes);
  [[nodiscard]] std::size_t number_in(const char* file) const;

  bool is_v2_;
  std::string folder_;
  Fd procs_;
};

}  // namespace thimble::emulator
