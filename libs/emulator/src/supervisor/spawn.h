#pragma once
// Starts a program in a process group of its own.

#include <signal.h>
#include <sys/resource.h>
#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "thimble/base/fd.h"
#include "thimble/base/result.h"

namespace thimble::emulator {

// What a child must not inherit from the emulator, remembered before the emulator changed it.
struct InheritedState {
  sigset_t signal_mask{};
  rlimit open_files{};
};

// What a child enters and gives up before it becomes the program. Descriptors stay the caller's; -1
// is none.
struct Confinement {
  struct User {
    uid_t uid;
    gid_t gid;
  };

  int memory_group = -1;       // the cgroup.procs of a cgroup
  std::size_t data_bytes = 0;  // RLIMIT_DATA; 0: as the emulator's
  int network = -1;            // a namespace, as are these two
  int user_namespace = -1;     // that mounts belongs to
  int mounts = -1;
  std::optional<User> user = {};
};

struct SpawnOptions {
  std::string file;  // executed as it is; no search
  std::vector<std::string> argv;
  std::vector<std::string> env;  // "NAME=value"
  std::string working_directory;
  int output = -1;  // becomes stdout and stderr; stays the caller's
  InheritedState inherited;
  Confinement confinement = {};
};

struct Spawned {
  pid_t pid;  // also its process group
  Fd pidfd;   // not open on kernels without pidfd_open (before 5.3)
};

// Returns when the program has been executed. stdin is /dev/null; every other descriptor is closed,
// from Linux 5.11 on also those the emulator was started with. The program is killed when the
// emulator ends, however that happens. The error is the system's, and names what failed:
// "fork/exec /no/such/bootstrap: no such file or directory".
[[nodiscard]] Result<Spawned> spawn(const SpawnOptions& options);

}  // namespace thimble::emulator
