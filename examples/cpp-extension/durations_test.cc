#include "durations.h"

#include <gtest/gtest.h>

namespace {

TEST(Durations, AreThoseOfReports) {
  const auto report = durations::read_report(
      R"({"time": "2026-11-23T12:00:00Z", "type": "platform.report",
          "record": {"requestId": "1", "metrics": {"durationMs": 12.5, "billedDurationMs": 13}}})");
  ASSERT_TRUE(report);
  EXPECT_EQ(report->request_id, "1");
  EXPECT_EQ(report->duration_ms, 12.5);
}

TEST(Durations, AreNotInOtherRecords) {
  for (const char* line :
       {R"({"type": "platform.runtimeDone", "record": {"metrics": {"durationMs": 12.5}}})",
        R"({"type": "function", "record": "text"})", "", "{"}) {
    EXPECT_FALSE(durations::read_report(line)) << line;
  }
}

TEST(Durations, AreAddedUp) {
  durations::Statistics statistics;
  statistics.add({"a", 2});
  statistics.add({"b", 5});
  statistics.add({"c", 3});
  EXPECT_EQ(statistics.count, 3U);
  EXPECT_EQ(statistics.total_ms, 10);
  EXPECT_EQ(statistics.longest_ms, 5);
  EXPECT_EQ(statistics.last_request_id, "c");
}

}  // namespace
