#include "mount_namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>

namespace thimble::emulator {
namespace {

// Of mount_setattr(2), open_tree(2) and move_mount(2), which not every libc has. The numbers are
// the same on every architecture.
constexpr long kOpenTree = 428;
constexpr long kMoveMount = 429;
constexpr long kMountSetattr = 442;
constexpr unsigned kOpenTreeClone = 1;
constexpr unsigned kMoveFromEmptyPath = 4;
constexpr unsigned kRecursive = 0x8000;  // AT_RECURSIVE
struct MountAttributes {
  std::uint64_t set;
  std::uint64_t clear;
  std::uint64_t propagation;
  std::uint64_t user_namespace;
};
constexpr std::uint64_t kReadOnlyAttribute = 1;  // MOUNT_ATTR_RDONLY

constexpr const char* kTmp = "/tmp";

enum class Step { kDone, kUnshare, kMapUser, kMakePrivate, kTakeTmp, kReadOnly, kMountTmp };

// What the child says of itself.
struct Report {
  Step step;
  int number;  // errno
  bool has_user_namespace;
};

// Everything the child needs, made before fork.
struct Prepared {
  MountNamespace::Options options;
  std::array<char, 64> uid_map{};
  std::array<char, 64> gid_map{};
  std::array<char, 64> tmp_options{};
};

bool write_text(const char* path, const char* text) {
  const int file = ::open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool is_written = ::write(file, text, std::strlen(text)) > 0;
  const int number = errno;
  ::close(file);
  errno = number;
  return is_written;
}

// Runs in the child. Returns the step that failed, its reason in errno.
Step arrange(const Prepared& prepared, bool& has_user_namespace) {
  if (::unshare(CLONE_NEWNS) != 0) {
    if (errno != EPERM || ::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return Step::kUnshare;
    has_user_namespace = true;
    // Groups may not be given up where that could gain something.
    write_text("/proc/self/setgroups", "deny");
    if (!write_text("/proc/self/uid_map", prepared.uid_map.data()) ||
        !write_text("/proc/self/gid_map", prepared.gid_map.data())) {
      return Step::kMapUser;
    }
  }
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return Step::kMakePrivate;

  // An image from scratch has none.
  const mode_t mask = ::umask(0);
  ::mkdir(kTmp, 01777);
  ::umask(mask);

  const bool keeps_tmp = prepared.options.tmp_bytes == 0;
  if (prepared.options.is_read_only) {
    int tree = -1;
    if (keeps_tmp) {
      // Put aside, with what is mounted in it, it stays as writable as it was.
      tree = static_cast<int>(
          ::syscall(kOpenTree, AT_FDCWD, kTmp, kOpenTreeClone | kRecursive | O_CLOEXEC));
      if (tree < 0) return Step::kTakeTmp;
    }
    const MountAttributes attributes{
        .set = kReadOnlyAttribute, .clear = 0, .propagation = 0, .user_namespace = 0};
    if (::syscall(kMountSetattr, AT_FDCWD, "/", kRecursive, &attributes, sizeof attributes) != 0) {
      return Step::kReadOnly;
    }
    if (keeps_tmp && ::syscall(kMoveMount, tree, "", AT_FDCWD, kTmp, kMoveFromEmptyPath) != 0) {
      return Step::kMountTmp;
    }
  }
  if (!keeps_tmp &&
      ::mount("tmpfs", kTmp, "tmpfs", MS_NOSUID | MS_NODEV, prepared.tmp_options.data()) != 0) {
    return Step::kMountTmp;
  }
  return Step::kDone;
}

// Reports, and keeps the namespaces until the other end of `release` is closed.
[[noreturn]] void run_child(const Prepared& prepared, int report_out, int release_in) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  Report report{};
  report.step = arrange(prepared, report.has_user_namespace);
  report.number = errno;
  char byte = 0;
  if (::write(report_out, &report, sizeof report) != sizeof report) ::_exit(1);
  while (::read(release_in, &byte, 1) < 0 && errno == EINTR) {
  }
  ::_exit(0);
}

Error failure(const Report& report) {
  switch (report.step) {
    case Step::kUnshare:
    case Step::kMapUser:
      return {ErrorCode::kPermission,
              "needs CAP_SYS_ADMIN (docker run --cap-add SYS_ADMIN, or --privileged) or user "
              "namespaces for everybody"};
    case Step::kDone:
      break;
    case Step::kMakePrivate:
    case Step::kTakeTmp:
    case Step::kReadOnly:
    case Step::kMountTmp:
      if (report.number == ENOSYS) {
        return {ErrorCode::kPermission, "needs mount_setattr, which Linux has from 5.12 on"};
      }
      if (report.number == ENOENT) {
        return {ErrorCode::kNotFound, "needs a folder /tmp, and cannot make one"};
      }
      if (report.number == EPERM || report.number == EACCES) {
        return {ErrorCode::kPermission,
                "may not mount (docker run --security-opt apparmor=unconfined, or --privileged)"};
      }
      break;
  }
  const std::string_view doing = report.step == Step::kUnshare    ? "make a mount namespace"
                                 : report.step == Step::kMapUser  ? "map the user"
                                 : report.step == Step::kReadOnly ? "make / read-only"
                                                                  : "mount /tmp";
  return system_error(doing, report.number);
}

Fd open_of(pid_t pid, const char* what, int flags) {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/%d/%s", pid, what);
  return Fd(::open(path, flags | O_CLOEXEC));
}

}  // namespace

Result<std::unique_ptr<MountNamespace>> MountNamespace::create(const Options& options) {
  Prepared prepared{.options = options};
  std::snprintf(prepared.uid_map.data(), prepared.uid_map.size(), "%u %u 1", ::geteuid(),
                ::geteuid());
  std::snprintf(prepared.gid_map.data(), prepared.gid_map.size(), "%u %u 1", ::getegid(),
                ::getegid());
  std::snprintf(prepared.tmp_options.data(), prepared.tmp_options.size(), "size=%zu,mode=1777",
                options.tmp_bytes);
  int report_ends[2];
  if (::pipe2(report_ends, O_CLOEXEC) != 0) return fail(system_error("pipe2"));
  const Fd report_in(report_ends[0]);
  Fd report_out(report_ends[1]);
  int release_ends[2];
  if (::pipe2(release_ends, O_CLOEXEC) != 0) return fail(system_error("pipe2"));
  Fd release_in(release_ends[0]);
  Fd release_out(release_ends[1]);

  const pid_t pid = ::fork();
  if (pid < 0) return fail(system_error("fork"));
  if (pid == 0) {
    release_out.reset();
    run_child(prepared, report_out.number(), release_in.number());
  }
  report_out.reset();
  release_in.reset();
  Report report{};
  ssize_t got = 0;
  do {
    got = ::read(report_in.number(), &report, sizeof report);
  } while (got < 0 && errno == EINTR);

  std::unique_ptr<MountNamespace> made(new MountNamespace);
  bool is_open = got == sizeof report && report.step == Step::kDone;
  if (is_open) {
    made->mounts_ = open_of(pid, "ns/mnt", O_RDONLY);
    if (report.has_user_namespace) made->user_ = open_of(pid, "ns/user", O_RDONLY);
    if (options.tmp_bytes != 0) made->tmp_ = open_of(pid, "root/tmp", O_PATH | O_DIRECTORY);
    is_open = made->mounts_.is_open() && made->user_.is_open() == report.has_user_namespace &&
              made->tmp_.is_open() == (options.tmp_bytes != 0);
  }
  const Error unopened = system_error("open the mount namespace");
  release_out.reset();
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (got != sizeof report) {
    return fail(ErrorCode::kIo, "make a mount namespace: its process was ended");
  }
  if (report.step != Step::kDone) return fail(failure(report));
  if (!is_open) return fail(unopened);
  return made;
}

std::size_t MountNamespace::tmp_used_bytes() const {
  struct statvfs info{};
  if (!tmp_.is_open() || ::fstatvfs(tmp_.number(), &info) != 0) return 0;
  return static_cast<std::size_t>(info.f_blocks - info.f_bfree) * info.f_frsize;
}

}  // namespace thimble::emulator
