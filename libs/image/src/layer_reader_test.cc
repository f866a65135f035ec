#include "thimble/image/layer_reader.h"

#include <gtest/gtest.h>

#include "gzip.h"
#include "tar_writer.h"

namespace thimble::image {
namespace {

Blob archive(const std::vector<std::string>& paths, const std::string& content = "x") {
  Tree tree;
  for (const std::string& path : paths) EXPECT_TRUE(tree.add_bytes(path, content));
  std::string bytes;
  EXPECT_TRUE(write_tar(tree, {}, [&](std::string_view part) -> Result<void> {
    bytes += part;
    return {};
  }));
  return Blob::of("x", std::move(bytes));
}

TEST(NormalPath, DropsWhatMeansNothing) {
  EXPECT_EQ(normal_path("/a//b/./c/").value_or("?"), "a/b/c");
  EXPECT_EQ(normal_path("./").value_or("?"), "");
  EXPECT_EQ(normal_path("...").value_or("?"), "...");
}

TEST(NormalPath, RefusesWhatLeadsElsewhere) {
  for (const std::string& path :
       {std::string(), std::string("a/.."), std::string("../a"), std::string("a\0b", 3),
        std::string(256, 'a'), std::string(5000, '/')}) {
    EXPECT_FALSE(normal_path(path)) << path;
  }
}

TEST(Printable, ShowsWhatATerminalWouldObey) {
  EXPECT_EQ(printable("a\x1b[0m\n"), "a\\x1b[0m\\x0a");
  EXPECT_EQ(printable("caf\xc3\xa9"), "caf\xc3\xa9");
  EXPECT_EQ(printable("\xc2\x9b"), "\\xc2\\x9b");
  EXPECT_EQ(printable("\xff\xc3"), "\\xff\\xc3");
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");
}

TEST(LayerReader, TellsBothDigests) {
  const Blob plain = archive({"a", "b"});
  const Blob packed = Blob::of("x", *gzip(plain.bytes, 6));
  auto reader = LayerReader::open(packed);
  ASSERT_TRUE(reader);
  const auto summary = reader->finish();
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->digest, packed.descriptor.digest);
  EXPECT_EQ(summary->diff_id, plain.descriptor.digest);
  EXPECT_EQ(summary->compression, Compression::kGzip);
  EXPECT_EQ(summary->compressed, packed.bytes.size());
  EXPECT_EQ(summary->archive, plain.bytes.size());
  EXPECT_EQ(summary->entries, 2U);
  EXPECT_EQ(summary->files, 2U);
}

TEST(LayerReader, HoldsToItsLimits) {
  const auto reads = [](const Blob& blob, const LayerLimits& limits) {
    auto reader = LayerReader::open(blob, limits);
    return reader ? reader->finish().has_value() : false;
  };
  const Blob blob = archive({"a", "b", "c"}, std::string(1000, 'x'));
  EXPECT_TRUE(reads(blob, {.entries = 3}));
  EXPECT_FALSE(reads(blob, {.entries = 2}));
  EXPECT_TRUE(reads(blob, {.unpacked = blob.bytes.size()}));
  EXPECT_FALSE(reads(blob, {.unpacked = blob.bytes.size() - 1}));
  EXPECT_FALSE(reads(archive({"abc"}), {.path = 1}));
  const Blob packed = Blob::of("x", *gzip(archive({"a"}, std::string(100'000, 'x')).bytes, 6));
  EXPECT_FALSE(reads(packed, {.ratio = 10, .ratio_floor = 1000}));
  EXPECT_TRUE(reads(packed, {.ratio = 10, .ratio_floor = 1'000'000}));
}

// Not one of them may be read as if nothing had happened.
TEST(LayerReader, NoticesEveryFlippedBitOfAGzipLayer) {
  const Blob plain = archive({"a"});
  const Blob packed = Blob::of("x", *gzip(plain.bytes, 6));
  for (std::size_t at = 0; at < packed.bytes.size() * 8; ++at) {
    Blob damaged = packed;
    damaged.bytes[at / 8] = static_cast<char>(damaged.bytes[at / 8] ^ (1 << (at % 8)));
    auto reader = LayerReader::open(damaged);
    if (!reader) continue;
    const auto summary = reader->finish();
    EXPECT_FALSE(summary && summary->digest == packed.descriptor.digest) << at;
  }
}

TEST(LayerReader, RefusesEveryCutOfAGzipLayer) {
  const Blob packed = Blob::of("x", *gzip(archive({"a"}).bytes, 6));
  for (std::size_t size = 1; size < packed.bytes.size(); ++size) {
    const Blob cut = Blob::of("x", packed.bytes.substr(0, size));
    auto reader = LayerReader::open(cut);
    EXPECT_FALSE(reader && reader->finish()) << size;
  }
}

TEST(LayerReader, FailsWhenTheFileIsGone) {
  Blob blob;
  blob.file = "/nonexistent/layer";
  EXPECT_FALSE(LayerReader::open(blob));
}

}  // namespace
}  // namespace thimble::image
