#include "thimble/base/buffer.h"

#include <cstring>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace thimble {
namespace {

constexpr std::size_t kMiB = 1024 * 1024;

TEST(Buffer, IsEmptyAtFirst) {
  const Buffer buffer;
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.size(), 0U);
  EXPECT_EQ(buffer.capacity(), 0U);
  EXPECT_EQ(buffer.view(), "");
}

TEST(Buffer, KeepsItsBytesWhileItGrows) {
  Buffer buffer;
  std::string expected;
  for (int i = 0; i < 2000; ++i) {
    const std::string piece = std::to_string(i);
    buffer.append(piece);
    expected += piece;
  }
  EXPECT_EQ(buffer.view(), expected);
  EXPECT_GE(buffer.capacity(), buffer.size());
  buffer.reserve(3 * kMiB);
  EXPECT_EQ(buffer.view(), expected);
  EXPECT_GE(buffer.capacity(), 3 * kMiB);
}

TEST(Buffer, DoesNotGrowForEverySmallPiece) {
  Buffer buffer;
  int grown = 0;
  std::size_t capacity = 0;
  for (int i = 0; i < 100'000; ++i) {
    buffer.append("x");
    if (buffer.capacity() != capacity) ++grown;
    capacity = buffer.capacity();
  }
  EXPECT_LT(grown, 25);
}

TEST(Buffer, AppendsBytesOfAnyValueAndNothing) {
  Buffer buffer;
  buffer.append("");
  EXPECT_EQ(buffer.capacity(), 0U) << "nothing needs no memory";
  const std::string bytes("a\0b\xff", 4);
  buffer.append(bytes);
  EXPECT_EQ(buffer.view(), bytes);
}

TEST(Buffer, NeverShrinksWhenItReserves) {
  Buffer buffer;
  buffer.reserve(100);
  buffer.append("abc");
  buffer.reserve(1);
  EXPECT_EQ(buffer.capacity(), 100U);
  EXPECT_EQ(buffer.view(), "abc");
}

TEST(Buffer, TakesWhatIsWrittenIntoItsSpareRoom) {
  Buffer buffer;
  buffer.append("ab");
  buffer.reserve(8);
  const auto room = buffer.spare();
  ASSERT_EQ(room.size(), 6U);
  std::memcpy(room.data(), "cd", 2);
  buffer.commit(2);
  EXPECT_EQ(buffer.view(), "abcd");
  EXPECT_EQ(buffer.spare().size(), 4U);
}

TEST(Buffer, KeepsItsMemoryWhenItIsCleared) {
  Buffer buffer;
  buffer.append("abc");
  const std::size_t capacity = buffer.capacity();
  buffer.clear();
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.capacity(), capacity);
}

TEST(Buffer, MovesWithoutCopying) {
  Buffer from;
  from.append("abc");
  const char* const where = from.view().data();
  Buffer to(std::move(from));
  EXPECT_EQ(to.view().data(), where);
  EXPECT_EQ(to.view(), "abc");

  Buffer other;
  other.append("lost");
  other = std::move(to);
  EXPECT_EQ(other.view().data(), where);
  EXPECT_EQ(other.view(), "abc");
}

TEST(BufferPool, HandsOutEmptyBuffersWithTheRoomAskedFor) {
  BufferPool pool;
  for (const std::size_t capacity : {0U, 1U, 4096U, 100'000U}) {
    const Buffer buffer = pool.take(capacity);
    EXPECT_TRUE(buffer.empty());
    EXPECT_GE(buffer.capacity(), capacity);
  }
}

TEST(BufferPool, HandsOutABlockAgain) {
  BufferPool pool;
  const char* where = nullptr;
  {
    Buffer buffer = pool.take(100'000);
    buffer.append("old");
    where = buffer.view().data();
  }
  Buffer again = pool.take(90'000);
  EXPECT_TRUE(again.empty());
  again.append("x");
  EXPECT_EQ(again.view().data(), where);
}

TEST(BufferPool, TakesBlocksBackFromBuffersThatWereMoved) {
  BufferPool pool;
  const char* where = nullptr;
  {
    Buffer buffer = pool.take(100'000);
    Buffer elsewhere(std::move(buffer));
    elsewhere.append("x");
    where = elsewhere.view().data();
    elsewhere = Buffer();
    Buffer again = pool.take(100'000);
    again.append("y");
    EXPECT_EQ(again.view().data(), where) << "given back by the assignment";
  }
}

TEST(BufferPool, PrefersTheSmallestBlockThatIsLargeEnough) {
  BufferPool pool;
  {
    const Buffer small = pool.take(10'000);
    const Buffer medium = pool.take(20'000);
    const Buffer large = pool.take(40'000);
  }
  EXPECT_EQ(pool.take(15'000).capacity(), 20'000U);
  EXPECT_EQ(pool.take(5'000).capacity(), 10'000U);
  EXPECT_EQ(pool.take(20'001).capacity(), 40'000U);
}

TEST(BufferPool, GrowsTheLargestBlockIfNoneIsLargeEnough) {
  BufferPool pool;
  {
    const Buffer small = pool.take(10'000);
    const Buffer large = pool.take(40'000);
  }
  {
    const Buffer grown = pool.take(80'000);
    EXPECT_GE(grown.capacity(), 80'000U);
    EXPECT_EQ(pool.take(1).capacity(), 10'000U) << "the small one was left alone";
  }
  EXPECT_GE(pool.take(70'000).capacity(), 80'000U);
}

TEST(BufferPool, DoesNotSpendALargeBlockOnASmallBody) {
  BufferPool pool;
  {
    const Buffer large = pool.take(6 * kMiB);
  }
  const Buffer small = pool.take(100);
  EXPECT_LT(small.capacity(), kMiB);
  EXPECT_GE(pool.take(5 * kMiB).capacity(), 6 * kMiB) << "it is still there";
}

TEST(BufferPool, KeepsNoMoreBlocksThanAllowed) {
  BufferPool pool({.blocks = 1, .bytes = kMiB});
  {
    const Buffer first = pool.take(10'000);
    const Buffer second = pool.take(20'000);
  }
  // The last one declared comes back first.
  const Buffer kept = pool.take(1);
  EXPECT_EQ(kept.capacity(), 20'000U);
  EXPECT_EQ(pool.take(1).capacity(), 1U);
}

TEST(BufferPool, KeepsNoMoreBytesThanAllowed) {
  BufferPool pool({.blocks = 16, .bytes = 50'000});
  {
    const Buffer first = pool.take(30'000);
    const Buffer second = pool.take(30'000);
    const Buffer third = pool.take(20'000);
  }
  // third and second came back; for first there was no room.
  const Buffer a = pool.take(1);
  const Buffer b = pool.take(1);
  const Buffer c = pool.take(1);
  EXPECT_EQ(a.capacity(), 20'000U);
  EXPECT_EQ(b.capacity(), 30'000U);
  EXPECT_EQ(c.capacity(), 1U);
}

TEST(BufferPool, CountsItsBytesRightOverManyRounds) {
  BufferPool pool({.blocks = 4, .bytes = 100'000});
  for (int i = 0; i < 1000; ++i) {
    Buffer buffer = pool.take(static_cast<std::size_t>(i) % 7 * 10'000);
    buffer.append("x");
  }
  {
    const Buffer buffer = pool.take(60'000);
  }
  EXPECT_EQ(pool.take(30'000).capacity(), 60'000U) << "there is still room in the pool";
}

TEST(BufferPool, KeepsNothingIfItMayNot) {
  BufferPool pool({.blocks = 0, .bytes = kMiB});
  {
    const Buffer buffer = pool.take(10'000);
  }
  EXPECT_EQ(pool.take(1).capacity(), 1U);
}

}  // namespace
}  // namespace thimble
