#include "thimble/image/tree.h"

#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <thimble/base/file.h>

namespace thimble::image {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> paths_of(const Tree& tree) {
  std::vector<std::string> paths;
  for (const auto& [path, entry] : tree.entries()) paths.push_back(path);
  return paths;
}

TEST(Tree, MakesTheFoldersAboveAPath) {
  Tree tree;
  ASSERT_TRUE(tree.add_bytes("a/b/c", "x"));
  EXPECT_EQ(paths_of(tree), (std::vector<std::string>{"a", "a/b", "a/b/c"}));
  EXPECT_TRUE(tree.find("a/b")->is_folder());
  EXPECT_EQ(tree.find("a/b")->mode, 0755U);
  EXPECT_EQ(tree.find("a/b/c")->read(), "x");
}

TEST(Tree, RefusesPathsThatLeadElsewhere) {
  for (const std::string& path :
       std::vector<std::string>{"", "/", "/a", "a/", "a//b", ".", "./a", "a/.", "..", "../a",
                                "a/../b", "a/..", std::string("a\0b", 3)}) {
    Tree tree;
    const auto added = tree.add_bytes(path, "x");
    ASSERT_FALSE(added) << path;
    EXPECT_EQ(added.error().code, ErrorCode::kInvalid);
    EXPECT_TRUE(tree.empty());
  }
}

TEST(Tree, APathBelowAFileIsRefused) {
  Tree tree;
  ASSERT_TRUE(tree.add_bytes("a", "x"));
  EXPECT_FALSE(tree.add_bytes("a/b", "x"));
}

TEST(Tree, WhatIsAddedTakesThePlaceOfWhatIsThere) {
  Tree tree;
  ASSERT_TRUE(tree.add_bytes("a/b", "x"));
  ASSERT_TRUE(tree.add_bytes("a-b", "x"));
  ASSERT_TRUE(tree.add_bytes("a", "y"));
  EXPECT_EQ(paths_of(tree), (std::vector<std::string>{"a", "a-b"}));
  EXPECT_EQ(tree.find("a")->read(), "y");
}

TEST(Tree, RemovesAFolderWithAllBelow) {
  Tree tree;
  for (const char* path : {"a/b", "a/c/d", "a-b", "a.b", "a0"}) {
    ASSERT_TRUE(tree.add_bytes(path, "x"));
  }
  tree.remove("a");
  EXPECT_EQ(paths_of(tree), (std::vector<std::string>{"a-b", "a.b", "a0"}));
}

TEST(Tree, MergesAnotherOnTop) {
  Tree below;
  Tree above;
  ASSERT_TRUE(below.add_bytes("a/x", "1"));
  ASSERT_TRUE(below.add_bytes("b", "1"));
  ASSERT_TRUE(above.add_bytes("a/y", "2"));
  ASSERT_TRUE(above.add_bytes("b/c", "2"));
  ASSERT_TRUE(below.merge(above));
  EXPECT_EQ(paths_of(below), (std::vector<std::string>{"a", "a/x", "a/y", "b", "b/c"}));
}

class TreeOnDisk : public testing::Test {
 protected:
  TreeOnDisk() {
    std::string name = (fs::temp_directory_path() / "tree-test-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~TreeOnDisk() override { fs::remove_all(folder_); }
  fs::path folder_;
};

TEST_F(TreeOnDisk, TakesAFolderAsItIs) {
  ASSERT_TRUE(write_file(folder_ / "d/plain", "1", 0600));
  ASSERT_TRUE(write_file(folder_ / "d/run", "2", 0700));
  fs::create_symlink("plain", folder_ / "d/link");
  fs::create_directory(folder_ / "empty");
  Tree tree;
  const auto added = tree.add_folder("var/task", folder_);
  ASSERT_TRUE(added) << added.error().message;
  EXPECT_EQ(paths_of(tree),
            (std::vector<std::string>{"var", "var/task", "var/task/d", "var/task/d/link",
                                      "var/task/d/plain", "var/task/d/run", "var/task/empty"}));
  EXPECT_EQ(tree.find("var/task/d/plain")->mode, 0644U);
  EXPECT_EQ(tree.find("var/task/d/run")->mode, 0755U);
  EXPECT_TRUE(tree.find("var/task/d/link")->is_link());
  EXPECT_EQ(tree.find("var/task/d/run")->size(), 1U);
}

TEST_F(TreeOnDisk, RefusesAPipe) {
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  Tree tree;
  const auto added = tree.add_folder("x", folder_);
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, ErrorCode::kInvalid);
}

}  // namespace
}  // namespace thimble::image
