#include "thimble/base/file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

namespace thimble {
namespace {

namespace fs = std::filesystem;

// A folder for one test, removed afterwards.
class File : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "thimble-file-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path folder_;
};

TEST_F(File, IsReadAsItWasWritten) {
  const std::string bytes("a\0b\n", 4);
  ASSERT_TRUE(write_file(folder_ / "deep/er/file", bytes));
  EXPECT_EQ(read_file(folder_ / "deep/er/file").value(), bytes);
}

TEST_F(File, HasExactlyTheModeAskedFor) {
  const mode_t before = ::umask(0077);
  ASSERT_TRUE(write_file(folder_ / "tool", "x", 0755));
  ::umask(before);
  struct stat status{};
  ASSERT_EQ(::stat((folder_ / "tool").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0755U);
}

TEST_F(File, LeavesNothingBehindThatIsNotComplete) {
  fs::create_directories(folder_ / "taken/by a folder");
  EXPECT_FALSE(write_file(folder_ / "taken", "x"));
  int entries = 0;
  for (const auto& entry : fs::directory_iterator(folder_)) {
    EXPECT_EQ(entry.path().filename(), "taken");
    ++entries;
  }
  EXPECT_EQ(entries, 1);
}

TEST_F(File, ThatIsTooLargeIsRefused) {
  ASSERT_TRUE(write_file(folder_ / "four", "1234"));
  EXPECT_EQ(read_file(folder_ / "four", 4).value(), "1234");
  EXPECT_EQ(read_file(folder_ / "four", 3).error().code, ErrorCode::kLimit);
}

TEST_F(File, OfProcIsReadThoughItSaysThatItIsEmpty) {
  EXPECT_NE(read_file("/proc/self/status").value().find("Name:"), std::string::npos);
}

TEST_F(File, ThatIsNoRegularFileIsRefused) {
  EXPECT_EQ(read_file(folder_).error().code, ErrorCode::kInvalid);
  EXPECT_EQ(read_file("/dev/zero").error().code, ErrorCode::kInvalid);
  EXPECT_EQ(read_file(folder_ / "absent").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace thimble
