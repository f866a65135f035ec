#pragma once
// The file system as an environment's processes see it.

#include <cstddef>
#include <memory>

#include "thimble/base/fd.h"
#include "thimble/base/result.h"

namespace thimble::emulator {

// A mount namespace of its own, where privilege lacks in a user namespace of its own too. It lives
// as long as this object or a process in it, and /tmp of its own with it.
class MountNamespace final {
 public:
  struct Options {
    std::size_t tmp_bytes = 0;  // the size of an empty /tmp; 0: /tmp is the one that is there
    bool is_read_only = false;  // all but /tmp
  };

  // Needs CAP_SYS_ADMIN or user namespaces for everybody; kPermission says what would permit it.
  [[nodiscard]] static Result<std::unique_ptr<MountNamespace>> create(const Options& options);

  // For setns(), the user namespace first; stay ours. -1 if there is no user namespace.
  [[nodiscard]] int user() const { return user_.number(); }
  [[nodiscard]] int mounts() const { return mounts_.number(); }

  // What the files in a /tmp of its own hold, which is memory. 0 if /tmp is the one that was there.
  [[nodiscard]] std::size_t tmp_used_bytes() const;

 private:
  MountNamespace() = default;

  Fd user_;
  Fd mounts_;
  Fd tmp_;
};

}  // namespace thimble::emulator
