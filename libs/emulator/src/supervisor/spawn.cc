#include "spawn.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace thimble::emulator {
namespace {

constexpr unsigned kCloseOnExec = 1U << 2;  // CLOSE_RANGE_CLOEXEC, which not every libc has

enum class Step { kMemory, kNetwork, kMounts, kUser, kWorkingDirectory, kExecute };

// What the child says of itself when it cannot become the program.
struct Failure {
  Step step;
  int number;  // errno
};

// Everything the child needs, made before fork: after it only async-signal-safe calls are allowed.
struct Prepared {
  const char* file;
  char* const* argv;
  char* const* env;
  const char* working_directory;
  int output;
  int report;  // the write end of a pipe that exec closes
  pid_t parent;
  const InheritedState* inherited;
  const Confinement* confinement;
};

// What the emulator ignores, or was started to ignore, as nohup does, exec would keep ignored. The
// C library refuses to change its own two signals, so it is not asked.
void mind_every_signal() {
  constexpr int kSignals = 64;
  constexpr std::size_t kMaskBytes = 8;
  const std::array<unsigned long, 4> by_default{};  // the kernel's struct sigaction, SIG_DFL
  for (int number = 1; number <= kSignals; ++number) {
    ::syscall(SYS_rt_sigaction, number, by_default.data(), nullptr, kMaskBytes);
  }
}

bool enter(int name_space, int type) {
  return name_space < 0 || ::setns(name_space, type) == 0;
}

// Returns the step that failed, its reason in errno; kExecute if none has. The C library's setuid()
// would look after other threads.
Step confine(const Confinement& confinement, int output) {
  // First, so that everything the program ever has is counted.
  if (confinement.memory_group >= 0 && ::write(confinement.memory_group, "0", 1) != 1) {
    return Step::kMemory;
  }
  if (confinement.data_bytes != 0) {
    const rlimit limit{confinement.data_bytes, confinement.data_bytes};
    if (::setrlimit(RLIMIT_DATA, &limit) != 0) return Step::kMemory;
  }
  if (!enter(confinement.network, CLONE_NEWNET)) return Step::kNetwork;
  if (!enter(confinement.user_namespace, CLONE_NEWUSER) ||
      !enter(confinement.mounts, CLONE_NEWNS)) {
    return Step::kMounts;
  }
  // Last: it takes away the right to do the others.
  if (const auto& user = confinement.user) {
    // So that /dev/stdout and /dev/stderr can be opened; writing needs no permission.
    ::syscall(SYS_fchown, output, user->uid, user->gid);
    if (::syscall(SYS_setgroups, 0, nullptr) != 0 ||
        ::syscall(SYS_setresgid, user->gid, user->gid, user->gid) != 0 ||
        ::syscall(SYS_setresuid, user->uid, user->uid, user->uid) != 0) {
      return Step::kUser;
    }
  }
  return Step::kExecute;
}

// Runs in the child, between fork and exec.
[[noreturn]] void become_program(const Prepared& prepared) {
  ::setpgid(0, 0);
  mind_every_signal();
  ::sigprocmask(SIG_SETMASK, &prepared.inherited->signal_mask, nullptr);
  ::setrlimit(RLIMIT_NOFILE, &prepared.inherited->open_files);

  const int null = ::open("/dev/null", O_RDONLY);
  if (null > 0) ::dup2(null, 0);
  if (null > 2) ::close(null);
  ::dup2(prepared.output, 1);
  ::dup2(prepared.output, 2);
  // Ours close at exec by themselves; these were left open by whoever started the emulator. Kernels
  // before 5.11 cannot do that.
  ::syscall(SYS_close_range, 3U, ~0U, kCloseOnExec);
  Failure failure{.step = confine(*prepared.confinement, prepared.output), .number = errno};
  // A change of user or namespace would undo it.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != prepared.parent) ::_exit(127);  // the emulator ended before prctl
  if (failure.step == Step::kExecute) {
    if (::chdir(prepared.working_directory) != 0) {
      failure.step = Step::kWorkingDirectory;
    } else {
      ::execve(prepared.file, prepared.argv, prepared.env);
    }
    failure.number = errno;
  }
  // Nobody is left to tell if this fails.
  if (::write(prepared.report, &failure, sizeof failure) < 0) ::_exit(126);
  ::_exit(127);
}

Error describe(const Failure& failure, const SpawnOptions& options) {
  switch (failure.step) {
    case Step::kMemory:
      return system_error("limit the memory of " + options.file, failure.number);
    case Step::kNetwork:
      return system_error("enter the network of " + options.file, failure.number);
    case Step::kMounts:
      return system_error("enter the mounts of " + options.file, failure.number);
    case Step::kUser:
      return system_error("become the user of " + options.file, failure.number);
    case Step::kWorkingDirectory:
      if (failure.number == EACCES) {
        return {ErrorCode::kPermission,
                "the working directory can't be entered: " + options.working_directory};
      }
      return {ErrorCode::kNotFound,
              "the working directory doesn't exist: " + options.working_directory};
    case Step::kExecute:
      break;
  }
  return system_error("fork/exec " + options.file, failure.number);
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (const std::string& string : strings) result.push_back(const_cast<char*>(string.c_str()));
  result.push_back(nullptr);
  return result;
}

}  // namespace

Result<Spawned> spawn(const SpawnOptions& options) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail(system_error("pipe2"));
  Fd report_in(ends[0]);
  Fd report_out(ends[1]);
  const auto argv = pointers(options.argv);
  const auto env = pointers(options.env);
  const Prepared prepared{.file = options.file.c_str(),
                          .argv = argv.data(),
                          .env = env.data(),
                          .working_directory = options.working_directory.c_str(),
                          .output = options.output,
                          .report = report_out.number(),
                          .parent = ::getpid(),
                          .inherited = &options.inherited,
                          .confinement = &options.confinement};

  const pid_t pid = ::fork();
  if (pid < 0) return fail(system_error("fork"));
  if (pid == 0) become_program(prepared);
  ::setpgid(pid, pid);  // whichever of the two comes first
  Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  report_out.reset();

  Failure failure{};
  ssize_t got = 0;
  do {
    got = ::read(report_in.number(), &failure, sizeof failure);
  } while (got < 0 && errno == EINTR);
  if (got == sizeof failure) {
    ::waitpid(pid, nullptr, 0);
    return fail(describe(failure, options));
  }
  return Spawned{.pid = pid, .pidfd = std::move(pidfd)};
}

}  // namespace thimble::emulator
