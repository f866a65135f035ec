#include "tar_writer.h"

#include <unistd.h>

#include <string>

#include <gtest/gtest.h>

#include <thimble/base/subprocess.h>
#include <thimble/image/layer_reader.h>

namespace thimble::image {
namespace {

std::string tar_of(const Tree& tree, const TarOptions& options = {}) {
  std::string bytes;
  const auto written = write_tar(tree, options, [&](std::string_view part) -> Result<void> {
    bytes += part;
    return {};
  });
  EXPECT_TRUE(written);
  EXPECT_EQ(tar_size(tree, options), bytes.size());
  return bytes;
}

Tree tree_of(const std::vector<std::string>& paths) {
  Tree tree;
  for (const std::string& path : paths) EXPECT_TRUE(tree.add_bytes(path, "of " + path));
  return tree;
}

// What each file is called, a line each, in the words of GNU tar.
std::string gnu_tar_lists(const std::string& bytes) {
  const auto listed = run({.argv = {"tar", "--quoting-style=literal", "-tf", "-"}, .input = bytes});
  EXPECT_TRUE(listed);
  EXPECT_EQ(listed->exit_code, 0) << listed->err;
  EXPECT_EQ(listed->err, "");
  return listed->out;
}

const std::vector<std::string> kNames{
    "a",
    std::string(100, 'b'),
    std::string(101, 'c'),
    std::string(255, 'd'),
    std::string(60, 'e') + "/" + std::string(60, 'f'),
    std::string(155, 'g') + "/" + std::string(100, 'h'),
    std::string(156, 'i') + "/" + std::string(100, 'j'),
    std::string(200, 'k') + "/" + std::string(200, 'l') + "/" + std::string(200, 'm'),
    "caf\xc3\xa9",   // NFC
    "cafe\xcc\x81",  // NFD: another file
    "\xe6\x97\xa5\xe6\x9c\xac/\xf0\x9f\x90\x9f",
    "a b'c\"d",
};

TEST(TarWriter, WritesNamesThatGnuTarReads) {
  const std::string listed = gnu_tar_lists(tar_of(tree_of(kNames)));
  for (const std::string& name : kNames) {
    EXPECT_NE(("\n" + listed).find("\n" + name + "\n"), std::string::npos) << name;
  }
}

TEST(TarWriter, WritesWhatOurReaderReads) {
  Tree tree = tree_of(kNames);
  EXPECT_TRUE(tree.add("link", TreeEntry{TreeEntry::Link{std::string(300, 'x')}, 0777}));
  EXPECT_TRUE(tree.add("empty", TreeEntry{std::string(), 0600}));
  const Blob blob = Blob::of("x", tar_of(tree, {.mtime = 1'700'000'000, .owner = 5, .group = 6}));
  auto reader = LayerReader::open(blob);
  ASSERT_TRUE(reader);
  std::size_t count = 0;
  for (;; ++count) {
    const auto entry = reader->next();
    ASSERT_TRUE(entry) << entry.error().message;
    if (!*entry) break;
    const TreeEntry* expected = tree.find((*entry)->path);
    ASSERT_NE(expected, nullptr) << (*entry)->path;
    EXPECT_EQ((*entry)->mode, expected->mode);
    EXPECT_EQ((*entry)->owner, 5U);
    EXPECT_EQ((*entry)->group, 6U);
    EXPECT_EQ((*entry)->mtime, 1'700'000'000);
    EXPECT_EQ((*entry)->kind == EntryKind::kFolder, expected->is_folder());
    std::string content;
    for (;;) {
      const auto piece = reader->read();
      ASSERT_TRUE(piece);
      if (piece->empty()) break;
      content += *piece;
    }
    EXPECT_EQ(content, expected->read().value_or(""));
    EXPECT_EQ((*entry)->target, expected->is_link() ? std::string(300, 'x') : "");
  }
  EXPECT_EQ(count, tree.entries().size());
  EXPECT_EQ(reader->finish()->diff_id, Digest::of(blob.bytes));
}

TEST(TarWriter, WritesTheSameWhateverTheOrderOfAdding) {
  std::vector<std::string> backwards(kNames.rbegin(), kNames.rend());
  EXPECT_EQ(tar_of(tree_of(kNames)), tar_of(tree_of(backwards)));
}

TEST(TarWriter, AnEmptyTreeIsTwoEmptyBlocks) {
  EXPECT_EQ(tar_of(Tree()), std::string(1024, '\0'));
}

// A body of that size is not written: its header is.
TEST(TarWriter, SaysSizesAbove8GibInAnExtendedHeader) {
  const std::string small = tar_header("f", TreeEntry{std::string()}, 077777777777, {});
  const std::string large = tar_header("f", TreeEntry{std::string()}, 0100000000000, {});
  EXPECT_EQ(small.size(), 512U);
  EXPECT_EQ(large.size(), 3 * 512U);
  EXPECT_NE(large.find("19 size=8589934592\n"), std::string::npos);
}

TEST(TarWriter, FailsWhenAFileIsGone) {
  Tree tree;
  EXPECT_TRUE(tree.add("f", TreeEntry{TreeEntry::OnDisk{"/nonexistent/file"}}));
  EXPECT_FALSE(write_tar(tree, {}, [](std::string_view) -> Result<void> { return {}; }));
}

}  // namespace
}  // namespace thimble::image
