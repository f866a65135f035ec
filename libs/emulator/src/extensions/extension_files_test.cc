#include "extensions/extension_files.h"

#include <fcntl.h>
#include <stdlib.h>

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "thimble/base/fd.h"

namespace thimble::emulator {
namespace {

namespace fs = std::filesystem;

// A folder of its own, removed at the end.
class ExtensionFiles : public testing::Test {
 protected:
  ExtensionFiles() {
    std::string pattern = fs::temp_directory_path() / "thimble-test-XXXXXX";
    if (::mkdtemp(pattern.data()) != nullptr) folder_ = pattern;
  }
  ~ExtensionFiles() override { fs::remove_all(folder_); }

  std::string file(const std::string& name) {
    const fs::path path = folder_ / name;
    fs::create_directories(path.parent_path());
    EXPECT_TRUE(Fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0755)).is_open()) << path;
    return path;
  }

  fs::path folder_;
};

using Files = std::vector<std::string>;

TEST_F(ExtensionFiles, AreAllFilesOfTheFolderSorted) {
  const std::string b = file("b");
  const std::string c = file("c.sh");
  const std::string a = file("a");
  EXPECT_EQ(extension_files(folder_), (Files{a, b, c}));
}

TEST_F(ExtensionFiles, AreNotInFoldersBelow) {
  file("below/a");
  EXPECT_EQ(extension_files(folder_), Files{});
}

TEST_F(ExtensionFiles, MayBeLinksAlsoToNowhere) {
  file("below/a");
  fs::create_symlink("below/a", folder_ / "file");
  fs::create_symlink("below", folder_ / "folder");
  fs::create_symlink("nowhere", folder_ / "nowhere");
  // A link to nowhere is an extension that cannot be started, and that is said when it is tried.
  EXPECT_EQ(extension_files(folder_), (Files{folder_ / "file", folder_ / "nowhere"}));
}

TEST_F(ExtensionFiles, AreNoneWithoutAFolder) {
  EXPECT_EQ(extension_files(folder_ / "none"), std::nullopt);
  EXPECT_EQ(extension_files(file("a-file")), std::nullopt);
}

}  // namespace
}  // namespace thimble::emulator
