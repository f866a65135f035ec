#include "thimble/image/manifest.h"

#include <gtest/gtest.h>

#include "thimble/image/media_types.h"

namespace thimble::image {
namespace {

const std::string kDigest = Digest::of("").str();

std::string descriptor(const std::string& type, const std::string& more = "") {
  return R"({"mediaType":")" + type + R"(","digest":")" + kDigest + R"(","size":7)" + more + "}";
}

std::string manifest(const std::string& more) {
  return R"({"schemaVersion":2,"config":)" + descriptor(std::string(media_type::kOciConfig)) +
         R"(,"layers":[)" + descriptor(std::string(media_type::kOciLayerGzip)) + "]" + more + "}";
}

TEST(Manifest, IsReadAsItIsWritten) {
  const auto first = Manifest::parse(manifest(
      R"(,"mediaType":"application/vnd.oci.image.manifest.v1+json","annotations":{"a":"b\n"},"subject":)" +
      descriptor("x") + R"(,"artifactType":"y")"));
  ASSERT_TRUE(first) << first.error().message;
  const std::string text = first->serialize();
  const auto second = Manifest::parse(text);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->serialize(), text);
  EXPECT_EQ(second->config, first->config);
  EXPECT_EQ(second->layers, first->layers);
  EXPECT_EQ(second->annotations.at("a"), "b\n");
  EXPECT_EQ(second->subject, first->subject);
  EXPECT_EQ(second->artifact_type, "y");
}

TEST(Manifest, WithoutAMediaTypeIsOcis) {
  EXPECT_EQ(Manifest::parse(manifest(""))->media_type, media_type::kOciManifest);
  EXPECT_EQ(media_type_of(manifest("")), std::string(media_type::kOciManifest));
}

TEST(Manifest, OfDockerIsOneToo) {
  const auto read = Manifest::parse(
      manifest(R"(,"mediaType":"application/vnd.docker.distribution.manifest.v2+json")"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->media_type, media_type::kDockerManifest);
}

class ManifestRefuses : public testing::TestWithParam<std::string> {};

TEST_P(ManifestRefuses, WhatIsNone) {
  EXPECT_FALSE(Manifest::parse(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(
    Texts, ManifestRefuses,
    testing::Values(
        "", "{}", "[]", "null", "{", R"({"schemaVersion":2})",
        R"({"schemaVersion":1,"config":{},"layers":[]})", R"({"schemaVersion":2,"manifests":[]})",
        manifest(R"(,"manifests":[])"),
        manifest(R"(,"mediaType":"application/vnd.oci.image.index.v1+json")"),
        manifest(R"(,"mediaType":"text/plain")"), manifest(R"(,"mediaType":7)"),
        manifest(R"(,"annotations":{"a":1})"), manifest("") + "x",
        R"({"schemaVersion":2,"config":{"mediaType":"x","size":1},"layers":[]})",
        R"({"schemaVersion":2,"config":{"mediaType":"x","digest":"sha256:x","size":1},"layers":[]})",
        R"({"schemaVersion":2,"config":{"mediaType":"x","digest":")" + kDigest +
            R"(","size":-1},"layers":[]})",
        R"({"schemaVersion":2,"config":{"mediaType":"x","digest":")" + kDigest +
            R"(","size":1.5},"layers":[]})",
        R"({"schemaVersion":2,"config":{"mediaType":"x","digest":")" + kDigest +
            R"(","size":99999999999999999999},"layers":[]})",
        std::string((std::size_t{4} << 20) + 1, ' ')));

TEST(Manifest, HasAtMost4096Layers) {
  std::string text = R"({"schemaVersion":2,"config":)" + descriptor("c") + R"(,"layers":[)";
  for (int i = 0; i < 4096; ++i) text += descriptor("l") + ",";
  EXPECT_FALSE(Manifest::parse(text + descriptor("l") + "]}"));
  text.pop_back();
  EXPECT_TRUE(Manifest::parse(text + "]}"));
}

TEST(Index, IsReadAsItIsWritten) {
  Index index;
  index.media_type = media_type::kOciIndex;
  Descriptor one;
  one.media_type = media_type::kOciManifest;
  one.size = 5;
  one.platform = Platform{"linux", "arm64", "v8"};
  index.manifests = {one, one};
  index.annotations = {{"a", "b"}};
  const auto read = Index::parse(index.serialize());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->manifests, index.manifests);
  EXPECT_EQ(read->serialize(), index.serialize());
  EXPECT_FALSE(Index::parse(manifest("")));
  EXPECT_FALSE(Manifest::parse(index.serialize()));
}

struct PlatformRow {
  std::string text;
  std::string whole;
};

class PlatformTakes : public testing::TestWithParam<PlatformRow> {};

TEST_P(PlatformTakes, TheNamesThatPeopleUse) {
  const auto platform = Platform::parse(GetParam().text);
  ASSERT_TRUE(platform);
  EXPECT_EQ(platform->str(), GetParam().whole);
}

INSTANTIATE_TEST_SUITE_P(Names, PlatformTakes,
                         testing::Values(PlatformRow{"linux/amd64", "linux/amd64"},
                                         PlatformRow{"amd64", "linux/amd64"},
                                         PlatformRow{"x86_64", "linux/amd64"},
                                         PlatformRow{"aarch64", "linux/arm64"},
                                         PlatformRow{"linux/arm64/v8", "linux/arm64"},
                                         PlatformRow{"linux/arm/v7", "linux/arm/v7"},
                                         PlatformRow{"armhf", "linux/arm/v7"},
                                         PlatformRow{"windows/amd64", "windows/amd64"}));

TEST(Platform, RefusesOtherTexts) {
  for (const char* text : {"", "linux", "/", "linux/", "/amd64", "a/b/c/d", "linux/am d", "a//b"}) {
    EXPECT_FALSE(Platform::parse(text)) << text;
  }
}

TEST(Platform, AcceptsAVariantThatIsNotSaid) {
  const Platform plain{"linux", "arm64", ""};
  const Platform v8{"linux", "arm64", "v8"};
  const Platform v7{"linux", "arm", "v7"};
  EXPECT_TRUE(plain.accepts(v8));
  EXPECT_TRUE(v8.accepts(plain));
  EXPECT_FALSE(plain.accepts(v7));
  EXPECT_FALSE(v7.accepts({"linux", "arm", "v6"}));
  EXPECT_TRUE(v7.accepts({"linux", "arm", ""}));
}

}  // namespace
}  // namespace thimble::image
