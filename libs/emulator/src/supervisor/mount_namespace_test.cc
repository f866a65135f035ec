#include "supervisor/mount_namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace thimble::emulator {
namespace {

// A machine that does not permit it says what it takes.
std::unique_ptr<MountNamespace> mounts_or_reason(const MountNamespace::Options& options) {
  auto mounts = MountNamespace::create(options);
  if (mounts) return std::move(*mounts);
  EXPECT_EQ(mounts.error().code, ErrorCode::kPermission);
  const std::string& message = mounts.error().message;
  EXPECT_TRUE(message.starts_with("needs ") || message.starts_with("may not mount")) << message;
  return nullptr;
}

// What `act` returns in a process that has entered the namespace.
int inside(const MountNamespace& mounts, const std::function<int()>& act) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    if (mounts.user() >= 0 && ::setns(mounts.user(), CLONE_NEWUSER) != 0) ::_exit(253);
    // ThreadSanitizer has a thread, which shares the root and the working directory otherwise.
    if (::unshare(CLONE_FS) != 0 || ::setns(mounts.mounts(), CLONE_NEWNS) != 0) ::_exit(254);
    ::_exit(act());
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

// 0, or why not.
int write_file(const std::string& path, std::size_t bytes, int flags = O_CREAT) {
  const Fd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC | flags, 0600));
  if (!file.is_open()) return errno;
  const std::string text(bytes, 'x');
  std::size_t written = 0;
  while (written < bytes) {
    const ssize_t some = ::write(file.number(), text.data(), bytes - written);
    if (some < 0) return errno;
    written += static_cast<std::size_t>(some);
  }
  return 0;
}

// A name in /tmp that nobody else has.
std::string name_in_tmp() {
  return "/tmp/thimble-mounts-" + std::to_string(::getpid());
}

TEST(MountNamespace, HasATmpOfTheSizeThatWasAskedFor) {
  const auto mounts = mounts_or_reason({.tmp_bytes = 1U << 20});
  if (!mounts) return;
  const std::string name = name_in_tmp();
  EXPECT_EQ(mounts->tmp_used_bytes(), 0U);
  EXPECT_EQ(inside(*mounts, [&] { return write_file(name, 600U << 10); }), 0);
  EXPECT_EQ(inside(*mounts, [&] { return write_file(name + "-2", 600U << 10); }), ENOSPC);
  EXPECT_EQ(mounts->tmp_used_bytes(), 1U << 20);
  EXPECT_NE(::access(name.c_str(), F_OK), 0) << "it is not our /tmp";
  const auto other = mounts_or_reason({.tmp_bytes = 1U << 20});
  ASSERT_NE(other, nullptr);
  EXPECT_NE(inside(*other, [&] { return ::access(name.c_str(), F_OK); }), 0) << "nor any other's";
}

TEST(MountNamespace, IsReadOnlyButForTmp) {
  const auto mounts = mounts_or_reason({.is_read_only = true});
  if (!mounts) return;
  const std::string name = name_in_tmp();
  const std::string beside = "/var/tmp/thimble-mounts-" + std::to_string(::getpid());
  EXPECT_EQ(inside(*mounts, [&] { return write_file(beside, 1); }), EROFS);
  EXPECT_EQ(inside(*mounts, [&] { return write_file("/dev/null", 1, 0); }), 0);
  EXPECT_EQ(inside(*mounts, [&] { return write_file(name, 1); }), 0);
  EXPECT_EQ(::unlink(name.c_str()), 0) << "it is our own /tmp";
  EXPECT_EQ(mounts->tmp_used_bytes(), 0U) << "which nobody counts";
  EXPECT_EQ(write_file(beside, 1), 0) << "outside nothing has changed";
  ::unlink(beside.c_str());
}

TEST(MountNamespace, MayBeReadOnlyWithATmpOfItsOwn) {
  const auto mounts = mounts_or_reason({.tmp_bytes = 1U << 20, .is_read_only = true});
  if (!mounts) return;
  EXPECT_EQ(inside(*mounts, [] { return write_file("/var/tmp/thimble", 1); }), EROFS);
  EXPECT_EQ(inside(*mounts, [] { return write_file(name_in_tmp(), 1); }), 0);
  EXPECT_NE(::access(name_in_tmp().c_str(), F_OK), 0);
}

}  // namespace
}  // namespace thimble::emulator
