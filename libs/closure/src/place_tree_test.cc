#include "thimble/closure/place_tree.h"

#include <gtest/gtest.h>

namespace thimble::closure {
namespace {

using image::Tree;
using image::TreeEntry;

// A root whose /bin is a link, and whose folders are not all root's or 0755.
class PlaceTreeTest : public testing::Test {
 protected:
  PlaceTreeTest() {
    add(below_, "usr/bin/sh", {std::string("sh"), 0755});
    add(below_, "bin", {TreeEntry::Link{"usr/bin"}, 0777});
    add(below_, "opt", {TreeEntry::Link{"/usr/opt"}, 0777});
    add(below_, "tmp", {TreeEntry::Folder{}, 01777});
    add(below_, "home/me", {TreeEntry::Folder{}, 0700, 1000, 100});
  }

  static void add(Tree& tree, const std::string& path, TreeEntry entry) {
    ASSERT_TRUE(tree.add(path, std::move(entry)).has_value()) << path;
  }

  void place() {
    const auto placed = place_tree(tree_, view_);
    ASSERT_TRUE(placed.has_value()) << placed.error().message;
  }

  std::vector<std::string> paths() const {
    std::vector<std::string> all;
    for (const auto& [path, entry] : tree_.entries()) all.push_back(path);
    return all;
  }

  Tree below_;
  Tree tree_;
  TreeView view_{below_};
};

TEST_F(PlaceTreeTest, FollowsLinksOfFolders) {
  add(tree_, "bin/tool", {std::string("tool"), 0755});
  place();
  EXPECT_EQ(paths(), (std::vector<std::string>{"usr", "usr/bin", "usr/bin/tool"}));
}

TEST_F(PlaceTreeTest, MakesTheFolderThatALinkLeadsTo) {
  add(tree_, "opt/new/tool", {std::string("tool"), 0755});
  place();
  EXPECT_EQ(paths(),
            (std::vector<std::string>{"usr", "usr/opt", "usr/opt/new", "usr/opt/new/tool"}));
}

TEST_F(PlaceTreeTest, KeepsModeAndOwnerOfFoldersThatAreThere) {
  add(tree_, "tmp/seed", {std::string("seed"), 0644});
  add(tree_, "home/me/new/seed", {std::string("seed"), 0644});
  place();
  EXPECT_EQ(tree_.find("tmp")->mode, 01777U);
  EXPECT_EQ(tree_.find("home/me")->mode, 0700U);
  EXPECT_EQ(tree_.find("home/me")->owner, 1000U);
  EXPECT_EQ(tree_.find("home/me")->group, 100U);
  EXPECT_EQ(tree_.find("home/me/new")->mode, 0755U);
  EXPECT_EQ(tree_.find("home/me/new")->owner, std::nullopt);
  EXPECT_EQ(tree_.find("tmp/seed")->owner, std::nullopt);
}

TEST_F(PlaceTreeTest, PutsWhatBothPathsNameIntoOneFolder) {
  add(tree_, "bin/a", {std::string("a"), 0755});
  add(tree_, "usr/bin/b", {std::string("b"), 0755});
  place();
  EXPECT_EQ(paths(), (std::vector<std::string>{"usr", "usr/bin", "usr/bin/a", "usr/bin/b"}));
}

TEST_F(PlaceTreeTest, RefusesWhatIsBelowAFile) {
  add(tree_, "usr/bin/sh/tool", {std::string("tool"), 0755});
  const auto placed = place_tree(tree_, view_);
  ASSERT_FALSE(placed.has_value());
  EXPECT_EQ(placed.error().message,
            "'/usr/bin/sh' cannot be put there: it is no folder, or something above it is none");
}

TEST_F(PlaceTreeTest, NamesTheFolderThatAFileWouldReplace) {
  add(tree_, "usr/bin/sh", {std::string("other"), 0755});
  EXPECT_EQ(replaced_folder(tree_, view_), "");
  add(tree_, "bin", {std::string("tool"), 0755});
  EXPECT_EQ(replaced_folder(tree_, view_), "bin");
  add(tree_, "bin", {TreeEntry::Link{"usr/bin"}, 0777});
  EXPECT_EQ(replaced_folder(tree_, view_), "");
  add(tree_, "tmp", {TreeEntry::Link{"usr"}, 0777});
  EXPECT_EQ(replaced_folder(tree_, view_), "tmp");
}

}  // namespace
}  // namespace thimble::closure
