#include "supervisor/cgroup.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include <gtest/gtest.h>

#include "thimble/base/fd.h"

namespace thimble::emulator {
namespace {

constexpr const char* kRoot = "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n";

// A folder in the place of a mounted cgroup2, with the controllers of version 2.
class FakeCgroup2 final {
 public:
  explicit FakeCgroup2(std::string_view controllers) {
    EXPECT_NE(::mkdtemp(folder_.data()), nullptr);
    const Fd file(::open((folder_ + "/cgroup.controllers").c_str(), O_WRONLY | O_CREAT, 0644));
    EXPECT_EQ(::write(file.number(), controllers.data(), controllers.size()),
              static_cast<ssize_t>(controllers.size()));
  }
  ~FakeCgroup2() {
    ::unlink((folder_ + "/cgroup.controllers").c_str());
    ::rmdir(folder_.c_str());
  }
  const std::string& folder() const { return folder_; }
  // As mountinfo tells of it, with `root` of the hierarchy mounted there.
  std::string mount(const std::string& root) const {
    return "31 23 0:26 " + root + " " + folder_ + " rw,nosuid shared:9 - cgroup2 cgroup2 rw\n";
  }

 private:
  std::string folder_ = "/tmp/thimble-cgroup-XXXXXX";
};

std::string v1_mount(const std::string& root, const std::string& point) {
  return "35 31 0:32 " + root + " " + point + " rw,relatime - cgroup cgroup rw,memory\n";
}

TEST(MemoryCgroup, OfVersion1IsBelowItsMount) {
  const auto found = find_memory_cgroup(
      "5:devices:/\n4:cpu,memory:/a/b\n0::/\n",
      std::string(kRoot) + "36 31 0:33 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n" +
          v1_mount("/", "/sys/fs/cgroup/memory"));
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->is_v2);
  EXPECT_EQ(found->folder, "/sys/fs/cgroup/memory/a/b");
}

TEST(MemoryCgroup, OfVersion1IsTheMountItselfInTheRoot) {
  const auto found = find_memory_cgroup("4:memory:/\n", v1_mount("/", "/m"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->folder, "/m");
}

TEST(MemoryCgroup, MayBeMountedInPart) {
  // As in a container of Docker with cgroups of version 1.
  const auto whole = find_memory_cgroup("4:memory:/docker/1\n", v1_mount("/docker/1", "/m"));
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->folder, "/m");
  const auto below = find_memory_cgroup("4:memory:/docker/1/x\n", v1_mount("/docker/1", "/m"));
  ASSERT_TRUE(below);
  EXPECT_EQ(below->folder, "/m/x");
  EXPECT_FALSE(find_memory_cgroup("4:memory:/docker/12\n", v1_mount("/docker/1", "/m")));
  EXPECT_FALSE(find_memory_cgroup("4:memory:/../x\n", v1_mount("/", "/m"))) << "not visible";
}

TEST(MemoryCgroup, MayHaveSpacesInItsName) {
  const auto found = find_memory_cgroup("4:memory:/a b\n", v1_mount("/", "/with\\040space"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->folder, "/with space/a b");
}

TEST(MemoryCgroup, OfVersion2HasTheControllerMemory) {
  const FakeCgroup2 fake("cpuset cpu io memory pids\n");
  const auto found = find_memory_cgroup("0::/\n", kRoot + fake.mount("/"));
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->is_v2);
  EXPECT_EQ(found->folder, fake.folder());
  const FakeCgroup2 other("cpuset cpu io pids\n");
  EXPECT_FALSE(find_memory_cgroup("0::/\n", kRoot + other.mount("/")));
}

TEST(MemoryCgroup, OfVersion1GoesBeforeOneOfVersion2) {
  const FakeCgroup2 fake("");
  const auto found =
      find_memory_cgroup("4:memory:/x\n0::/x\n", fake.mount("/") + v1_mount("/", "/m"));
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->is_v2);
}

TEST(MemoryCgroup, IsNoneWhereNothingIsMountedOrTold) {
  EXPECT_FALSE(find_memory_cgroup("0::/\n", kRoot));
  EXPECT_FALSE(find_memory_cgroup("", v1_mount("/", "/m")));
  EXPECT_FALSE(find_memory_cgroup("", ""));
  EXPECT_FALSE(find_memory_cgroup("nonsense\n:\n", "nonsense\n - \n1 2 3 - cgroup\n"));
}

TEST(KernelFile, HasNumbersBehindWords) {
  constexpr std::string_view kEvents = "low 0\nhigh 0\nmax 31\noom 2\noom_kill 5\n";
  EXPECT_EQ(number_of(kEvents, "oom_kill"), 5U);
  EXPECT_EQ(number_of(kEvents, "oom"), 2U);
  EXPECT_EQ(number_of(kEvents, "oom_group_kill"), 0U);
  EXPECT_EQ(number_of("", "oom"), 0U);
}

TEST(KernelFile, HasWordsBetweenSpaces) {
  EXPECT_TRUE(has_word("cpu memory\n", "memory"));
  EXPECT_FALSE(has_word("cpu memory2\n", "memory"));
  EXPECT_FALSE(has_word("\n", "memory"));
}

TEST(KernelFile, IsNamedWhenItCannotBeReadOrWritten) {
  EXPECT_EQ(read_kernel_file("/no/such").error().message,
            "read '/no/such': no such file or directory");
  EXPECT_EQ(write_kernel_file("/no/such", "1").error().message,
            "write '/no/such': no such file or directory");
  EXPECT_FALSE(read_kernel_file("/proc/self/mountinfo").value().empty());
}

}  // namespace
}  // namespace thimble::emulator
