#include "thimble/image/image_files.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "thimble/image/preflight.h"

#include "tar_writer.h"

namespace thimble::image {
namespace {

struct Entry {
  std::string path;
  TreeEntry what;
};

TreeEntry link(const std::string& target) {
  return TreeEntry{TreeEntry::Link{target}, 0777};
}

Blob layer(const std::vector<Entry>& entries) {
  std::string bytes;
  for (const Entry& entry : entries) {
    const std::string content = entry.what.is_file() ? *entry.what.read() : "";
    bytes += tar_header(entry.path, entry.what, content.size(), {});
    bytes += content;
    bytes += tar_padding(content.size());
  }
  return Blob::of("x", bytes + std::string(tar_end()));
}

Result<ImageFiles> load(const std::vector<Blob>& layers) {
  ImageConfig config;
  for (const Blob& blob : layers) config.diff_ids.push_back(blob.descriptor.digest);
  return ImageFiles::load(Image::assemble(config, layers, {}));
}

std::vector<std::string> paths_of(const ImageFiles& files) {
  std::vector<std::string> paths;
  for (const auto& [path, node] : files.nodes()) paths.push_back(path);
  return paths;
}

using Paths = std::vector<std::string>;

TEST(ImageFiles, TheUpperLayerCounts) {
  const auto files = load({layer({{"a", {"old"}}, {"b", {"b"}}}), layer({{"a", {"newer"}}})});
  ASSERT_TRUE(files) << files.error().message;
  EXPECT_EQ(files->read("a").value_or("?"), "newer");
  EXPECT_EQ(files->find("a")->layer, 1U);
  EXPECT_EQ(files->find("b")->layer, 0U);
  EXPECT_EQ(files->layers().size(), 2U);
}

TEST(ImageFiles, AWhiteoutTakesAFolderAway) {
  const auto files =
      load({layer({{"d/a", {"x"}}, {"d/b", {"x"}}, {"d-e", {"x"}}}), layer({{".wh.d", {""}}})});
  ASSERT_TRUE(files);
  EXPECT_EQ(paths_of(*files), Paths{"d-e"});
}

TEST(ImageFiles, AnOpaqueFolderShowsOnlyItsOwnLayer) {
  const auto files = load(
      {layer({{"d/a", {"x"}}, {"e", {"x"}}}), layer({{"d/b", {"x"}}, {"d/.wh..wh..opq", {""}}})});
  ASSERT_TRUE(files);
  EXPECT_EQ(paths_of(*files), (Paths{"d", "d/b", "e"}));
}

TEST(ImageFiles, AnEntryBelowALinkGoesWhereTheLinkLeads) {
  const auto files =
      load({layer({{"usr/lib", {TreeEntry::Folder{}, 0755}}, {"lib", link("usr/lib")}}),
            layer({{"lib/x", {"x"}}})});
  ASSERT_TRUE(files);
  EXPECT_EQ(paths_of(*files), (Paths{"lib", "usr", "usr/lib", "usr/lib/x"}));
  EXPECT_EQ(files->resolve("lib/x").value_or("?"), "usr/lib/x");
}

TEST(ImageFiles, LinksNeverLeadOutOfTheRoot) {
  const auto files = load({layer({{"a", link("../../../etc/passwd")},
                                  {"b", link("/etc/passwd")},
                                  {"etc/passwd", {"inside"}}})});
  ASSERT_TRUE(files);
  EXPECT_EQ(files->read("a").value_or("?"), "inside");
  EXPECT_EQ(files->read("b").value_or("?"), "inside");
  EXPECT_EQ(files->read("../etc/passwd").value_or("?"), "inside");
}

TEST(ImageFiles, LoopsEnd) {
  const auto files = load({layer({{"a", link("b")}, {"b", link("a")}})});
  ASSERT_TRUE(files);
  EXPECT_EQ(files->resolve("a").error().code, ErrorCode::kInvalid);
  EXPECT_EQ(files->read("a/x").error().code, ErrorCode::kInvalid);
  EXPECT_EQ(files->resolve("c").error().code, ErrorCode::kNotFound);
}

TEST(ImageFiles, ListsOneFolder) {
  const auto files =
      load({layer({{"d/a/b/c", {"x"}}, {"d/a-b", {"x"}}, {"d/z", {"x"}}, {"e", {"x"}}})});
  ASSERT_TRUE(files);
  EXPECT_EQ(files->list("d"), (Paths{"a", "a-b", "z"}));
  EXPECT_EQ(files->list(""), (Paths{"d", "e"}));
  EXPECT_EQ(files->list("e"), Paths{});
  EXPECT_EQ(files->list("nothing"), Paths{});
}

TEST(ImageFiles, ReadsNoMoreThanIsAsked) {
  const auto files = load({layer({{"f", {std::string("0123456789")}}})});
  ASSERT_TRUE(files);
  EXPECT_EQ(files->read_head("f", 4).value_or("?"), "0123");
  EXPECT_EQ(files->read("f", 10).value_or("?"), "0123456789");
  EXPECT_EQ(files->read("f", 9).error().code, ErrorCode::kLimit);
}

TEST(ImageFiles, RefusesALayerThatIsNotWhatItsDigestsSay) {
  const Blob good = layer({{"f", {"x"}}});
  ImageConfig config;
  config.diff_ids = {Digest::of("other")};
  Image image = Image::assemble(config, {good}, {});
  EXPECT_FALSE(ImageFiles::load(image));
  EXPECT_TRUE(ImageFiles::load(image, {.verify = false}));
}

TEST(Preflight, FindsArtifactsAndUnknownTypes) {
  Image image = Image::assemble({}, {}, {});
  image.manifest.artifact_type = "application/x";
  image.manifest.config.media_type = "application/x";
  image.manifest.media_type = "application/x";
  std::vector<std::string> ids;
  for (const Finding& finding : check_manifest(image)) ids.push_back(finding.id);
  for (const char* id : {"manifest.media-type", "manifest.artifact", "manifest.config-type"}) {
    EXPECT_NE(std::find(ids.begin(), ids.end(), id), ids.end()) << id;
  }
}

TEST(Preflight, SecretNamesAreThoseThatSaySo) {
  for (const char* name : {"DB_PASSWORD", "api_token", "AWS_SECRET_ACCESS_KEY", "Cookie"}) {
    EXPECT_TRUE(is_secret_name(name)) << name;
  }
  for (const char* name : {"PATH", "HOME", "LANG"}) EXPECT_FALSE(is_secret_name(name)) << name;
}

}  // namespace
}  // namespace thimble::image
