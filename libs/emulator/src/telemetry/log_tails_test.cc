#include "telemetry/log_tails.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace thimble::emulator {
namespace {

void start(LogTails& tails, std::string_view request_id) {
  tails.on_event(InvokeStarted{.request_id = request_id, .version = "7", .trace_id = "Root=1"});
}
void write(LogTails& tails, std::string_view request_id, std::string_view bytes) {
  tails.on_event(FunctionOutput{.bytes = bytes, .request_id = request_id});
}
void report(LogTails& tails, std::string_view request_id) {
  tails.on_event(InvokeReported{.request_id = request_id,
                                .init_duration = Milliseconds(3),
                                .duration = Milliseconds(2),
                                .memory_size_mb = "128",
                                .max_memory_used_bytes = 1});
}

TEST(LogTails, HoldWhatTheTextLogPrintsOfOneInvocation) {
  LogTails tails;
  tails.keep("a");
  write(tails, "a", "init\n");
  start(tails, "a");
  write(tails, "a", "hello");
  report(tails, "a");
  EXPECT_EQ(tails.take("a"),
            "init\nSTART RequestId: a Version: 7\nhelloEND RequestId: a\nREPORT RequestId: a\t"
            "Init Duration: 3.00 ms\tDuration: 2.00 ms\tBilled Duration: 2 ms\t"
            "Memory Size: 128 MB\tMax Memory Used: 1 MB\t\n");
  EXPECT_EQ(tails.take("a"), "");
}

TEST(LogTails, HoldNothingOfOtherInvocations) {
  LogTails tails;
  tails.keep("a");
  for (const std::string_view other : {"b", ""}) {
    start(tails, other);
    write(tails, other, "secret");
    report(tails, other);
  }
  EXPECT_EQ(tails.take("a"), "");
  EXPECT_EQ(tails.take("b"), "");
}

TEST(LogTails, KeepTheLastFourKibibytesHoweverTheyCame) {
  LogTails tails;
  std::string all;
  for (const std::size_t piece : {1U, 100U, 4095U, 4096U, 4097U, 100'000U}) {
    tails.keep("a");
    all.clear();
    while (all.size() < 200'000) {
      const std::string text(piece, static_cast<char>('a' + all.size() % 26));
      write(tails, "a", text);
      all += text;
    }
    EXPECT_EQ(tails.take("a"), all.substr(all.size() - 4096)) << piece;
  }
}

TEST(LogTails, KeepWholeWhatIsShorter) {
  LogTails tails;
  tails.keep("a");
  write(tails, "a", std::string(4000, 'x'));
  write(tails, "a", std::string(96, 'y'));
  EXPECT_EQ(tails.take("a"), std::string(4000, 'x') + std::string(96, 'y'));
}

}  // namespace
}  // namespace thimble::emulator
