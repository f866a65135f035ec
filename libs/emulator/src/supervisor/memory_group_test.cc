#include "supervisor/memory_group.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace thimble::emulator {
namespace {

// The machine's own, if it lets us make groups there; the tests below hold either way.
Result<std::unique_ptr<MemoryGroupParent>> parent_here() {
  auto own = find_memory_cgroup(read_kernel_file("/proc/self/cgroup").value(),
                                read_kernel_file("/proc/self/mountinfo").value());
  if (!own) return fail(ErrorCode::kNotFound, "none is mounted");
  return MemoryGroupParent::prepare(std::move(*own));
}

bool is_there(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

class FolderTest : public testing::Test {
 protected:
  FolderTest() { EXPECT_NE(::mkdtemp(folder_.data()), nullptr); }
  ~FolderTest() override { EXPECT_EQ(::rmdir(folder_.c_str()), 0) << "something was left there"; }

  std::string folder_ = "/tmp/thimble-group-XXXXXX";
};

TEST_F(FolderTest, OfAnotherKindIsNoParentAndStaysAsItWas) {
  EXPECT_EQ(MemoryGroupParent::prepare({.is_v2 = true, .folder = folder_}).error().message,
            "read '" + folder_ + "/cgroup.subtree_control': no such file or directory");
  const auto v1 = MemoryGroupParent::prepare({.is_v2 = false, .folder = folder_});
  EXPECT_EQ(v1.error().message, "write '" + folder_ + "/thimble-" + std::to_string(::getpid()) +
                                    "-1/memory.limit_in_bytes': no such file or directory");
}

TEST_F(FolderTest, LosesWhatAnEmulatorThatHasEndedLeftThere) {
  const pid_t ended = ::fork();
  if (ended == 0) ::_exit(0);
  ::waitpid(ended, nullptr, 0);
  const std::string left = folder_ + "/thimble-" + std::to_string(ended) + "-1";
  const std::string own = folder_ + "/thimble-" + std::to_string(::getpid()) + "-7";
  const std::string alive = folder_ + "/thimble-" + std::to_string(::getppid()) + "-1";
  const std::string foreign = folder_ + "/thimble-x";
  for (const std::string& path : {left, own, alive, foreign}) {
    ASSERT_EQ(::mkdir(path.c_str(), 0755), 0);
  }
  EXPECT_FALSE(MemoryGroupParent::prepare({.is_v2 = false, .folder = folder_}));
  EXPECT_FALSE(is_there(left));
  EXPECT_FALSE(is_there(own)) << "a process before had the same number";
  EXPECT_EQ(::rmdir(alive.c_str()), 0);
  EXPECT_EQ(::rmdir(foreign.c_str()), 0);
}

TEST(MemoryGroup, CountsWhoHasJoinedAndKillsThemAtTheEnd) {
  const auto parent = parent_here();
  if (!parent) {
    EXPECT_FALSE(parent.error().message.empty());
    return;
  }
  auto group = MemoryGroup::create(**parent, 256U << 20);
  ASSERT_TRUE(group) << group.error().message;
  const std::string folder =
      (*parent)->cgroup().folder + "/thimble-" + std::to_string(::getpid()) + "-1";
  EXPECT_TRUE(is_there(folder));
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t member = ::fork();
  if (member == 0) {
    if (::write((*group)->joining(), "0", 1) != 1) ::_exit(1);
    std::string memory(32U << 20, 'x');
    if (::write(ends[1], memory.data(), 1) != 1) ::_exit(2);
    for (;;) ::pause();
  }
  ::close(ends[1]);
  char byte = 0;
  ASSERT_EQ(::read(ends[0], &byte, 1), 1) << "it could not join";
  ::close(ends[0]);
  EXPECT_GT((*group)->used_bytes(), 32U << 20);
  EXPECT_LT((*group)->used_bytes(), 256U << 20);
  EXPECT_EQ((*group)->kills(), 0U);

  group->reset();
  EXPECT_FALSE(is_there(folder));
  int status = 0;
  ASSERT_EQ(::waitpid(member, &status, 0), member);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
}

TEST(MemoryGroup, TellsThatTheKernelHasKilledSomebodyInIt) {
  const auto parent = parent_here();
  if (!parent) {
    EXPECT_FALSE(parent.error().message.empty());
    return;
  }
  const auto group = MemoryGroup::create(**parent, 16U << 20);
  ASSERT_TRUE(group) << group.error().message;
  const pid_t member = ::fork();
  if (member == 0) {
    if (::write((*group)->joining(), "0", 1) != 1) ::_exit(1);
    std::string memory(64U << 20, 'x');
    ::_exit(memory[1] == 'x' ? 2 : 3);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(member, &status, 0), member);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  EXPECT_EQ((*group)->kills(), 1U);
}

}  // namespace
}  // namespace thimble::emulator
