#include "thimble/closure/file_view.h"

#include <unistd.h>

#include <filesystem>

#include <gtest/gtest.h>

#include "thimble/closure/write_tree.h"
#include <thimble/base/file.h>

#include "temporary_folder.h"

namespace thimble::closure {
namespace {

namespace fs = std::filesystem;
using Strings = std::vector<std::string>;

// A folder with "root", whose links lead out of it, and a secret beside it.
class FolderViewTest : public testing::Test {
 protected:
  FolderViewTest() {
    EXPECT_TRUE(write_file(root_ / "etc/file", "inside", 0755).has_value());
    EXPECT_TRUE(write_file(folder_.path() / "secret/file", "outside").has_value());
    fs::create_directory_symlink(folder_.path() / "secret", root_ / "absolute");
    fs::create_directory_symlink("../secret", root_ / "relative");
    fs::create_directory_symlink("/etc", root_ / "fine");
  }

  detail::TemporaryFolder folder_ = detail::TemporaryFolder::make().value();
  fs::path root_ = folder_.path() / "root";
  FolderView view_{root_};
};

TEST_F(FolderViewTest, ShowsFilesFoldersAndLinks) {
  EXPECT_EQ(view_.find("")->kind, FileView::Kind::kFolder);
  EXPECT_EQ(view_.find("etc/file")->kind, FileView::Kind::kFile);
  EXPECT_EQ(view_.find("etc/file")->mode, 0755U);
  EXPECT_EQ(view_.find("fine")->target, "/etc");
  EXPECT_FALSE(view_.find("etc/none").has_value());
  EXPECT_EQ(view_.list(""), (Strings{"absolute", "etc", "fine", "relative"}));
  EXPECT_EQ(view_.read("etc/file", 3).value(), "ins");
  EXPECT_EQ(view_.entry("etc/file")->mode, 0755U);
  EXPECT_EQ(view_.read("etc", 1).error().code, ErrorCode::kInvalid);
}

TEST_F(FolderViewTest, IsNotLeftByLinks) {
  for (const char* path :
       {"absolute/file", "relative/file", "../secret/file", "etc/../../secret/file"}) {
    EXPECT_FALSE(view_.find(path).has_value()) << path;
    EXPECT_FALSE(view_.read(path, 100).has_value()) << path;
  }
  EXPECT_EQ(view_.list("absolute"), Strings());
  EXPECT_EQ(view_.list("relative"), Strings());
}

TEST_F(FolderViewTest, HidesFolders) {
  const FolderView view(root_, {"etc"});
  EXPECT_FALSE(view.find("etc").has_value());
  EXPECT_FALSE(view.find("etc/file").has_value());
  EXPECT_FALSE(view.read("etc/file", 1).has_value());
  EXPECT_EQ(view.list(""), (Strings{"absolute", "fine", "relative"}));
}

TEST(TreeView, ListsNamesOnce) {
  image::Tree tree;
  for (const char* path : {"a/x", "a.b", "a/y/z", "a-c", "b"}) {
    ASSERT_TRUE(tree.add_bytes(path, path).has_value());
  }
  const TreeView view(tree);
  EXPECT_EQ(view.list(""), (Strings{"a", "a-c", "a.b", "b"}));
  EXPECT_EQ(view.list("a"), (Strings{"x", "y"}));
  EXPECT_EQ(view.list("b"), Strings());
  EXPECT_EQ(view.read("a/x", 2).value(), "a/");
  EXPECT_EQ(view.read("none", 2).error().code, ErrorCode::kNotFound);
}

TEST(LayeredView, TakesTheFirstThatHasIt) {
  image::Tree above;
  image::Tree below;
  ASSERT_TRUE(above.add_bytes("a/x", "above").has_value());
  ASSERT_TRUE(below.add_bytes("a/x", "below").has_value());
  ASSERT_TRUE(below.add_bytes("a/y", "only below").has_value());
  const TreeView first(above);
  const TreeView second(below);
  const LayeredView view({&first, &second});
  EXPECT_EQ(view.read("a/x", 100).value(), "above");
  EXPECT_EQ(view.read("a/y", 100).value(), "only below");
  EXPECT_EQ(view.list("a"), (Strings{"x", "y"}));
  EXPECT_FALSE(view.find("a/z").has_value());
}

TEST(WriteTree, WritesModesAndLinksAndNeverOverAnything) {
  const auto folder = detail::TemporaryFolder::make();
  ASSERT_TRUE(folder.has_value());
  image::Tree tree;
  ASSERT_TRUE(tree.add_bytes("bin/app", "#!", 0755).has_value());
  ASSERT_TRUE(tree.add("link", {image::TreeEntry::Link{"bin"}, 0777}).has_value());
  const fs::path root = folder->path() / "out";
  ASSERT_TRUE(write_tree(tree, root).has_value());
  EXPECT_EQ(fs::status(root / "bin/app").permissions(), fs::perms{0755});
  EXPECT_EQ(fs::read_symlink(root / "link"), "bin");
  const auto again = write_tree(tree, root);
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code, ErrorCode::kInvalid);
}

}  // namespace
}  // namespace thimble::closure
