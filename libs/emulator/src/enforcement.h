#pragma once
// Lambda's limits, where the user wants the function held to them.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "thimble/base/result.h"
#include "thimble/emulator/options.h"

#include "function.h"
#include "supervisor/memory_group.h"
#include "supervisor/mount_namespace.h"
#include "supervisor/spawn.h"

namespace thimble::emulator {

// What the processes of one start of an environment live in, the runtime's and the extensions'.
// Destroying it kills those that are left.
class Enclosure final {
 public:
  // For every process that is started. Its descriptors stay the enclosure's.
  [[nodiscard]] const Confinement& confinement() const { return confinement_; }

  // Whether memory is limited for all processes together, and counted here.
  [[nodiscard]] bool counts_memory() const { return group_ != nullptr; }

  // What is over the limit from now on is an invocation's.
  void forget_overruns();
  // To be called every kBetweenLooks while the function works.
  void look();
  // Whether there was too little memory: the kernel has killed a process, or one should be.
  [[nodiscard]] bool is_over_limit() const;
  // The most that was in use. Files in an own /tmp do not count: in Lambda they are on a disk.
  [[nodiscard]] std::size_t max_memory_bytes();

 private:
  friend class Enforcement;
  [[nodiscard]] std::size_t used_bytes() const;

  std::unique_ptr<MountNamespace> mounts_;
  std::unique_ptr<MemoryGroup> group_;
  Confinement confinement_;
  std::size_t limit_bytes_ = 0;
  bool has_own_tmp_ = false;
  std::size_t kills_ = 0;   // that have been dealt with
  bool was_above_ = false;  // at the last look
  bool is_over_limit_ = false;
  std::size_t max_memory_bytes_ = 0;
};

// Makes enclosures.
class Enforcement final {
 public:
  // Tries everything that is asked for; the error says what is missing here, and what would permit
  // it. Nothing if nothing is asked for.
  [[nodiscard]] static Result<std::unique_ptr<Enforcement>> prepare(const Options& options,
                                                                    const Function& function);

  // For the log: which limit is not quite Lambda's. May be empty.
  [[nodiscard]] const std::string& notice() const { return notice_; }

  static constexpr Milliseconds kBetweenLooks{50};

  [[nodiscard]] Result<std::unique_ptr<Enclosure>> enclose() const;

 private:
  explicit Enforcement(const Options& options) : enforce_(options.enforce) {}
  [[nodiscard]] Result<void> prepare_memory(const std::string& megabytes);
  [[nodiscard]] Result<void> prepare_user(const Options& options);
  [[nodiscard]] Result<void> prepare_mounts(const Options& options, const Function& function);

  Enforced enforce_;
  std::string notice_;
  std::size_t memory_bytes_ = 0;
  std::size_t tmp_bytes_ = 0;
  std::optional<Confinement::User> user_;
  std::unique_ptr<MemoryGroupParent> groups_;  // null: memory is a limit of each process
};

}  // namespace thimble::emulator
