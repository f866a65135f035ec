#include "enforcement.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include "thimble/base/parse_number.h"

#include "supervisor/network_namespace.h"

namespace thimble::emulator {
namespace {

constexpr std::size_t kMegabyte = 1024 * 1024;
// More is not a size but a mistake, and would not fit in bytes.
constexpr std::size_t kMostMegabytes = std::size_t{1} << 40;

// Why a process of ours cannot become that user, or could not be killed then; 0 if all is well.
int try_user(const Confinement::User& user) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return errno;
  Fd ours(ends[0]);
  Fd theirs(ends[1]);
  const pid_t pid = ::fork();
  if (pid < 0) return errno;
  if (pid == 0) {
    ours.reset();
    const bool is_user = ::syscall(SYS_setgroups, 0, nullptr) == 0 &&
                         ::syscall(SYS_setresgid, user.gid, user.gid, user.gid) == 0 &&
                         ::syscall(SYS_setresuid, user.uid, user.uid, user.uid) == 0;
    const int problem = is_user ? 0 : errno;
    char byte = 0;
    if (::write(theirs.number(), &problem, sizeof problem) != sizeof problem) ::_exit(1);
    while (::read(theirs.number(), &byte, 1) < 0 && errno == EINTR) {
    }
    ::_exit(0);
  }
  theirs.reset();
  int problem = EIO;
  while (::read(ours.number(), &problem, sizeof problem) < 0 && errno == EINTR) {
  }
  if (problem == 0 && ::kill(pid, 0) != 0) problem = errno;
  ours.reset();
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  return problem;
}

bool is_in_tmp(std::string_view path) {
  return path.starts_with("/tmp/");
}

// Where groups can be made here.
Result<std::unique_ptr<MemoryGroupParent>> find_groups() {
  const auto cgroup = read_kernel_file("/proc/self/cgroup");
  const auto mountinfo = read_kernel_file("/proc/self/mountinfo");
  auto own = cgroup && mountinfo ? find_memory_cgroup(*cgroup, *mountinfo) : std::nullopt;
  if (!own) return fail(ErrorCode::kNotFound, "no cgroup with a memory controller is mounted");
  return MemoryGroupParent::prepare(std::move(*own));
}

}  // namespace

// --- Enclosure

void Enclosure::forget_overruns() {
  if (!group_) return;
  kills_ = group_->kills();
  was_above_ = false;
  is_over_limit_ = false;
}

void Enclosure::look() {
  if (!group_) return;
  const std::size_t used = used_bytes();
  max_memory_bytes_ = std::max(max_memory_bytes_, used);
  // The kernel watches over the limit, unless there is room for files.
  const bool is_above = has_own_tmp_ && used > limit_bytes_;
  // Once is not enough: what a file held that has just been removed is counted for a moment.
  if (is_above && was_above_) is_over_limit_ = true;
  was_above_ = is_above;
}

bool Enclosure::is_over_limit() const {
  return group_ && (is_over_limit_ || group_->kills() > kills_);
}

std::size_t Enclosure::max_memory_bytes() {
  if (!group_) return 0;
  if (is_over_limit()) return limit_bytes_;
  const std::size_t most = has_own_tmp_ ? 0 : group_->peak_bytes();
  max_memory_bytes_ = std::max({max_memory_bytes_, most, used_bytes()});
  return std::min(max_memory_bytes_, limit_bytes_);
}

std::size_t Enclosure::used_bytes() const {
  const std::size_t before = has_own_tmp_ ? mounts_->tmp_used_bytes() : 0;
  const std::size_t all = group_->used_bytes();
  const std::size_t after = has_own_tmp_ ? mounts_->tmp_used_bytes() : 0;
  return all - std::min(all, std::max(before, after));
}

// --- Enforcement

Result<std::unique_ptr<Enforcement>> Enforcement::prepare(const Options& options,
                                                          const Function& function) {
  if (!options.enforce.any()) return nullptr;
  if (function.is_attached) {
    return fail(ErrorCode::kInvalid,
                "--enforce: a runtime that is started elsewhere (--no-runtime) cannot be limited");
  }
  std::unique_ptr<Enforcement> enforcement(new Enforcement(options));
  if (options.enforce.memory) {
    if (auto done = enforcement->prepare_memory(function.memory_mb); !done) {
      return fail(std::move(done.error()).during("--enforce memory"));
    }
  }
  if (options.enforce.user) {
    if (auto done = enforcement->prepare_user(options); !done) {
      return fail(std::move(done.error()).during("--enforce user"));
    }
  }
  if (options.enforce.tmp || options.enforce.read_only_root) {
    if (auto done = enforcement->prepare_mounts(options, function); !done) {
      return fail(std::move(done.error())
                      .during(options.enforce.tmp ? "--enforce tmp" : "--enforce read-only-root"));
    }
  }
  if (options.enforce.no_network) {
    if (auto network = NetworkNamespace::create(); !network) {
      return fail(std::move(network.error()).during("--enforce no-network"));
    }
  }
  return enforcement;
}

Result<void> Enforcement::prepare_memory(const std::string& megabytes) {
  const auto size = parse_number<std::size_t>(megabytes);
  if (!size || *size == 0 || *size > kMostMegabytes) {
    return fail(ErrorCode::kInvalid, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '" + megabytes +
                                         "' is not a number of megabytes above 0");
  }
  memory_bytes_ = *size * kMegabyte;
  auto groups = find_groups();
  if (groups) {
    groups_ = std::move(*groups);
    return {};
  }
  notice_ = "The memory limit is not one of all processes together: each may have " + megabytes +
            " MB of data (RLIMIT_DATA), and more is refused to it. No cgroup can be made (" +
            groups.error().message +
            "); docker run --privileged or systemd-run --scope --property Delegate=yes permit it";
  return {};
}

Result<void> Enforcement::prepare_user(const Options& options) {
  user_ = {.uid = options.user_id, .gid = options.group_id};
  const int number = try_user(*user_);
  if (number == EPERM) {
    return fail(ErrorCode::kPermission,
                "needs CAP_SETUID, CAP_SETGID and CAP_KILL (be root; docker run without --user "
                "and --cap-drop)");
  }
  if (number != 0) {
    return fail(system_error(
        "become " + std::to_string(user_->uid) + ":" + std::to_string(user_->gid), number));
  }
  return {};
}

Result<void> Enforcement::prepare_mounts(const Options& options, const Function& function) {
  if (options.enforce.tmp) {
    if (options.tmp_megabytes > kMostMegabytes) {
      return fail(ErrorCode::kInvalid, "'" + std::to_string(options.tmp_megabytes) +
                                           "' is too many megabytes for --tmp-size");
    }
    tmp_bytes_ = options.tmp_megabytes * kMegabyte;
    for (const std::string* path : {&function.command.file, &function.command.working_directory,
                                    &function.extensions_folder}) {
      if (!is_in_tmp(*path)) continue;
      return fail(ErrorCode::kInvalid,
                  "'" + *path + "' would not be there: the function's /tmp is a new one");
    }
  }
  const auto mounts = MountNamespace::create(
      {.tmp_bytes = tmp_bytes_, .is_read_only = options.enforce.read_only_root});
  if (!mounts) return fail(mounts.error());
  if ((*mounts)->user() >= 0 && user_) {
    return fail(ErrorCode::kPermission,
                "needs CAP_SYS_ADMIN together with --enforce user (docker run --cap-add "
                "SYS_ADMIN, or --privileged)");
  }
  return {};
}

Result<std::unique_ptr<Enclosure>> Enforcement::enclose() const {
  auto enclosure = std::make_unique<Enclosure>();
  Confinement& confinement = enclosure->confinement_;
  if (enforce_.tmp || enforce_.read_only_root) {
    auto mounts =
        MountNamespace::create({.tmp_bytes = tmp_bytes_, .is_read_only = enforce_.read_only_root});
    if (!mounts) return fail(std::move(mounts.error()));
    enclosure->mounts_ = std::move(*mounts);
    enclosure->has_own_tmp_ = enforce_.tmp;
    confinement.user_namespace = enclosure->mounts_->user();
    confinement.mounts = enclosure->mounts_->mounts();
  }
  if (groups_) {
    // The kernel counts files in /tmp as memory: there must be room for both. Who takes the room of
    // files for memory is found by looking.
    auto group = MemoryGroup::create(*groups_, memory_bytes_ + tmp_bytes_);
    if (!group) return fail(std::move(group.error()));
    enclosure->group_ = std::move(*group);
    enclosure->limit_bytes_ = memory_bytes_;
    confinement.memory_group = enclosure->group_->joining();
  } else {
    confinement.data_bytes = memory_bytes_;
  }
  confinement.user = user_;
  return enclosure;
}

}  // namespace thimble::emulator
