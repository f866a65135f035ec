#include "telemetry/text_log.h"

#include <chrono>
#include <string>

#include "log_fixture.h"

namespace thimble::emulator {
namespace {

class TextLogTest : public LogTest {
 protected:
  std::string out(const PlatformEvent& event) {
    log_.on_event(event);
    return written();
  }

  TextLog log_{output_};
};

TEST_F(TextLogTest, WritesStartAndReport) {
  EXPECT_EQ(out(InvokeStarted{.request_id = "id", .version = "$LATEST", .trace_id = "t"}),
            "START RequestId: id Version: $LATEST\n");
  EXPECT_EQ(out(InvokeReported{.request_id = "id",
                               .init_duration = std::chrono::microseconds(12'340),
                               .duration = std::chrono::microseconds(5'678),
                               .memory_size_mb = "128",
                               .max_memory_used_bytes = 3 * 1024 * 1024 + 1}),
            "END RequestId: id\n"
            "REPORT RequestId: id\tInit Duration: 12.34 ms\tDuration: 5.68 ms\t"
            "Billed Duration: 6 ms\tMemory Size: 128 MB\tMax Memory Used: 4 MB\t\n");
  EXPECT_EQ(out(InvokeReported{.request_id = "id",
                               .init_duration = std::nullopt,
                               .duration = Milliseconds(2),
                               .memory_size_mb = "3008",
                               .max_memory_used_bytes = 1024 * 1024}),
            "END RequestId: id\n"
            "REPORT RequestId: id\tDuration: 2.00 ms\tBilled Duration: 2 ms\t"
            "Memory Size: 3008 MB\tMax Memory Used: 1 MB\t\n");
}

// As Lambda writes it; each part is rounded up by itself.
TEST_F(TextLogTest, ReportsARestoreInsteadOfTheInit) {
  EXPECT_EQ(out(InvokeReported{.request_id = "id",
                               .init_duration = std::nullopt,
                               .duration = std::chrono::microseconds(306'340),
                               .memory_size_mb = "3009",
                               .max_memory_used_bytes = 155 * 1024 * 1024,
                               .restore_duration = std::chrono::microseconds(302'250)}),
            "END RequestId: id\n"
            "REPORT RequestId: id\tDuration: 306.34 ms\tBilled Duration: 610 ms\t"
            "Memory Size: 3009 MB\tMax Memory Used: 155 MB\t"
            "Restore Duration: 302.25 ms\tBilled Restore Duration: 303 ms\t\n");
}

TEST_F(TextLogTest, PassesFunctionOutputOnUnchanged) {
  const std::string bytes("no end of line \x1b[31m\0\xff\r\n partial", 31);
  EXPECT_EQ(out(FunctionOutput{.bytes = bytes}), bytes);
  EXPECT_EQ(out(ExtensionOutput{.name = "x", .bytes = bytes}), bytes);
}

TEST_F(TextLogTest, LetsNobodyAddLinesOrTalkToTheTerminal) {
  EXPECT_EQ(out(InvokeStarted{.request_id = "id", .version = "1\nEND", .trace_id = ""}),
            "START RequestId: id Version: 1 END\n");
}

}  // namespace
}  // namespace thimble::emulator
