#include "backoff.h"

#include <thread>

#include <gtest/gtest.h>

namespace thimble::registry {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr RetryOptions kQuick{.attempts = 4,
                              .first_delay = milliseconds(1),
                              .longest_delay = milliseconds(2),
                              .longest_retry_after = seconds(60)};

TEST(Backoff, EndsAfterAsManyAttemptsAsItWasTold) {
  Backoff tries(kQuick, {});
  EXPECT_TRUE(tries.wait());
  EXPECT_TRUE(tries.wait());
  EXPECT_TRUE(tries.wait());
  EXPECT_FALSE(tries.wait());
}

TEST(Backoff, BeginsAgainAfterProgress) {
  Backoff tries(kQuick, {});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(tries.wait());
  tries.reset();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(tries.wait());
  EXPECT_FALSE(tries.wait());
}

TEST(Backoff, DoesNotWaitForAServerThatWantsTooLong) {
  Backoff tries(kQuick, {});
  EXPECT_FALSE(tries.wait(seconds(61)));
}

TEST(Backoff, StopsWaitingWhenItIsStopped) {
  std::stop_source source;
  Backoff tries(
      {.attempts = 5, .first_delay = std::chrono::hours(1), .longest_delay = std::chrono::hours(1)},
      source.get_token());
  std::jthread stopper([&source] { source.request_stop(); });
  EXPECT_FALSE(tries.wait());
  EXPECT_FALSE(tries.wait());
}

}  // namespace
}  // namespace thimble::registry
