#include "thimble/image/layer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include <gtest/gtest.h>

#include <thimble/base/file.h>
#include <thimble/image/media_types.h>

#include "gzip.h"

namespace thimble::image {
namespace {

namespace fs = std::filesystem;

TEST(Gzip, IsReadAsItWasWritten) {
  for (const std::string& text :
       {std::string(), std::string("x"), std::string(1'000'000, 'y'), std::string("\0\xff", 2)}) {
    for (const int level : {1, 6, 12}) {
      const auto packed = gzip(text, level);
      ASSERT_TRUE(packed);
      EXPECT_EQ(gunzip(*packed, 2'000'000), text);
      EXPECT_EQ(*packed, *gzip(text, level));
    }
  }
}

TEST(Gzip, NamesNoFileAndNoTime) {
  const auto packed = gzip("x", 6);
  ASSERT_TRUE(packed);
  // RFC 1952: flags, then the time.
  EXPECT_EQ(packed->substr(3, 5), std::string(5, '\0'));
}

TEST(Gunzip, HoldsToItsLimit) {
  const auto packed = gzip(std::string(1'000'000, 'x'), 6);
  EXPECT_TRUE(gunzip(*packed, 1'000'000));
  const auto cut = gunzip(*packed, 999'999);
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, ErrorCode::kLimit);
}

// A flipped bit that means nothing, as those between a stored block's head and its content, changes
// nothing.
TEST(Gunzip, GivesNothingElseForAFlippedBitOrACut) {
  const std::string text = "some text, some text";
  const auto packed = gzip(text, 6);
  for (std::size_t size = 0; size < packed->size(); ++size) {
    EXPECT_FALSE(gunzip(packed->substr(0, size), 1000)) << size;
  }
  for (std::size_t at = 10 * 8; at < packed->size() * 8; ++at) {
    std::string damaged = *packed;
    damaged[at / 8] = static_cast<char>(damaged[at / 8] ^ (1 << (at % 8)));
    EXPECT_EQ(gunzip(damaged, 1000).value_or(text), text) << at;
  }
}

class Layers : public testing::Test {
 protected:
  Layers() {
    std::string name = (fs::temp_directory_path() / "layer-test-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~Layers() override { fs::remove_all(folder_); }

  static LayerRequest request(const std::string& content) {
    LayerRequest made;
    EXPECT_TRUE(made.tree.add_bytes("f", content));
    made.comment = content.substr(0, 10);
    return made;
  }

  std::vector<fs::path> files() const {
    std::vector<fs::path> all;
    for (const auto& entry : fs::directory_iterator(folder_)) all.push_back(entry.path());
    return all;
  }

  fs::path folder_;
};

TEST_F(Layers, AreTheSameWithAnyNumberOfThreads) {
  std::vector<LayerRequest> requests;
  for (int i = 0; i < 8; ++i)
    requests.push_back(request(std::string(10'000, static_cast<char>('a' + i))));
  const auto one = make_layers(requests, {.threads = 1});
  const auto many = make_layers(requests, {.threads = 8});
  ASSERT_TRUE(one && many);
  ASSERT_EQ(one->size(), 8U);
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_EQ((*one)[i].blob.descriptor, (*many)[i].blob.descriptor);
    EXPECT_EQ((*one)[i].comment, requests[i].comment);
    const auto archive = gunzip((*one)[i].blob.bytes, 1 << 20);
    ASSERT_TRUE(archive);
    EXPECT_EQ(Digest::of(*archive), (*one)[i].diff_id);
    EXPECT_EQ(archive->size(), (*one)[i].unpacked);
    EXPECT_EQ((*one)[i].blob.descriptor.media_type, media_type::kOciLayerGzip);
  }
}

TEST_F(Layers, ThatAreLargeGoThroughAFileWithTheSameContent) {
  Tree tree;
  ASSERT_TRUE(tree.add_bytes("a", std::string(3'000'000, 'a')));
  ASSERT_TRUE(tree.add_bytes("b", "b"));
  const auto in_memory = make_layers({{.tree = tree, .comment = "x"}}, {});
  const fs::path folder = fs::temp_directory_path() / "thimble-large-layers";
  const auto streamed = make_layers({{.tree = tree, .comment = "x"}},
                                    {.streamed_above = 1'000'000, .large_folder = folder});
  ASSERT_TRUE(in_memory && streamed);
  EXPECT_EQ(streamed->front().diff_id, in_memory->front().diff_id);
  EXPECT_EQ(streamed->front().unpacked, in_memory->front().unpacked);
  const Blob& blob = streamed->front().blob;
  EXPECT_EQ(blob.file, folder / blob.descriptor.digest.hex());
  const auto bytes = blob.read();
  ASSERT_TRUE(bytes);
  EXPECT_EQ(Digest::of(*bytes), blob.descriptor.digest);
  EXPECT_EQ(bytes->size(), blob.descriptor.size);
  const auto content = gunzip(*bytes, 4'000'000);
  ASSERT_TRUE(content);
  EXPECT_EQ(Digest::of(*content), in_memory->front().diff_id);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), {}), 1) << "nothing unfinished stays";
  fs::remove_all(folder);
}

TEST_F(Layers, NameWhichOneFailed) {
  LayerRequest bad;
  ASSERT_TRUE(bad.tree.add("f", TreeEntry{TreeEntry::OnDisk{"/nonexistent/file"}}));
  bad.comment = "dependencies";
  const auto made = make_layers({request("x"), bad}, {});
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message.find("layer of dependencies"), std::string::npos);
}

TEST_F(Layers, AreFoundInTheCache) {
  const LayerCache cache(folder_);
  const auto first = make_layers({request("x")}, {.cache = &cache});
  ASSERT_TRUE(first);
  const auto found = cache.find((*first)[0].diff_id, compressor_name(6));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->descriptor, (*first)[0].blob.descriptor);
  EXPECT_EQ(found->bytes, (*first)[0].blob.bytes);
  EXPECT_FALSE(cache.find((*first)[0].diff_id, compressor_name(7)));
  EXPECT_FALSE(cache.find(Digest::of("other"), compressor_name(6)));
}

TEST_F(Layers, DamagedInTheCacheAreMadeAnew) {
  const LayerCache cache(folder_);
  const auto first = make_layers({request("x")}, {.cache = &cache});
  ASSERT_TRUE(first);
  ASSERT_EQ(files().size(), 1U);
  const std::string good = *read_file(files()[0]);
  for (const std::size_t at : {std::size_t{0}, std::size_t{71}, std::size_t{72}, good.size() - 1}) {
    std::string damaged = good;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    ASSERT_TRUE(write_file(files()[0], damaged));
    EXPECT_FALSE(cache.find((*first)[0].diff_id, compressor_name(6))) << at;
    const auto again = make_layers({request("x")}, {.cache = &cache});
    ASSERT_TRUE(again);
    EXPECT_EQ((*again)[0].blob.bytes, (*first)[0].blob.bytes);
  }
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{71}, std::size_t{72}, good.size() - 1}) {
    ASSERT_TRUE(write_file(files()[0], good.substr(0, size)));
    EXPECT_FALSE(cache.find((*first)[0].diff_id, compressor_name(6))) << size;
  }
}

TEST_F(Layers, AreMadeWithoutACacheThatIsGone) {
  const LayerCache cache(folder_ / "gone/deeper");
  ASSERT_TRUE(make_layers({request("x")}, {.cache = &cache}));
  fs::remove_all(folder_ / "gone");
  ASSERT_TRUE(make_layers({request("x")}, {.cache = &cache}));
  // A file where the folder should be.
  ASSERT_TRUE(write_file(folder_ / "file", "x"));
  const LayerCache impossible(folder_ / "file");
  EXPECT_TRUE(make_layers({request("x")}, {.cache = &impossible}));
}

TEST_F(Layers, UsedLongestAgoLeaveAFullCache) {
  const LayerCache cache(folder_, 400);  // Room for two.
  const std::array<Digest, 3> ids{Digest::of("0"), Digest::of("1"), Digest::of("2")};
  cache.put(ids[0], "c", Blob::of("x", std::string(100, '0')));
  cache.put(ids[1], "c", Blob::of("x", std::string(100, '1')));
  const auto set_time = [&](const Digest& id, time_t seconds) {
    const timespec times[2] = {{seconds, 0}, {seconds, 0}};
    const fs::path path = folder_ / (id.hex() + ".c");
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  };
  set_time(ids[0], 1000);
  set_time(ids[1], 2000);
  ASSERT_TRUE(cache.find(ids[0], "c"));  // Used just now.
  cache.put(ids[2], "c", Blob::of("x", std::string(100, '2')));
  EXPECT_TRUE(cache.find(ids[0], "c"));
  EXPECT_FALSE(cache.find(ids[1], "c"));
  EXPECT_TRUE(cache.find(ids[2], "c"));
}

}  // namespace
}  // namespace thimble::image
