#include "parallel.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <vector>

#include <gtest/gtest.h>

namespace thimble::registry {
namespace {

TEST(Parallel, DoesEachOnceAndNoMoreAtATimeThanAllowed) {
  std::vector<std::atomic<int>> done(100);
  std::atomic<int> running = 0;
  std::atomic<bool> too_many = false;
  const auto outcome = for_each_of(done.size(), 3, {}, [&](std::size_t i, std::stop_token) {
    if (++running > 3) too_many = true;
    ++done[i];
    --running;
    return Result<void>();
  });
  EXPECT_TRUE(outcome);
  EXPECT_FALSE(too_many);
  for (const auto& count : done) EXPECT_EQ(count, 1);
}

TEST(Parallel, OfNothingIsDone) {
  EXPECT_TRUE(for_each_of(0, 4, {}, [](std::size_t, std::stop_token) -> Result<void> {
    return fail(ErrorCode::kIo, "never");
  }));
}

TEST(Parallel, AFailureStopsTheOthersAndIsReturned) {
  std::atomic<int> begun = 0;
  const auto outcome =
      for_each_of(1000, 2, {}, [&begun](std::size_t i, std::stop_token stop) -> Result<void> {
        ++begun;
        if (i == 1) return fail(ErrorCode::kInvalid, "the first");
        std::mutex mutex;
        std::unique_lock lock(mutex);
        std::condition_variable_any never;
        never.wait(lock, stop, [] { return false; });
        return fail(ErrorCode::kIo, "interrupted");
      });
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().message, "the first");
  EXPECT_EQ(begun, 2);
}

TEST(Parallel, ThatIsStoppedFromOutsideFails) {
  std::stop_source source;
  const auto outcome = for_each_of(10, 1, source.get_token(), [&](std::size_t, std::stop_token) {
    source.request_stop();
    return Result<void>();
  });
  EXPECT_FALSE(outcome);
}

}  // namespace
}  // namespace thimble::registry
