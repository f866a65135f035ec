#include <thimble/events/cloudwatch_logs.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "../fixture.h"

namespace thimble::events {
namespace {

TEST(CloudWatchLogs, ReadsAnEvent) {
  const auto event = read_fixture<CloudWatchLogsEvent>("cloudwatch_logs/event_fixture.json");
  EXPECT_EQ(event.awslogs.data, std::string("\037\213\010\000\000\000\000\000\000\377", 10));
}

TEST(CloudWatchLogs, ReadsWhatWasCompressed) {
  const auto event = read_fixture<CloudWatchLogsData>("cloudwatch_logs/data_fixture.json");
  EXPECT_EQ(event.message_type, "DATA_MESSAGE");
  EXPECT_EQ(event.owner, "111122223333");
  EXPECT_EQ(event.log_group, "/aws/lambda/hello");
  EXPECT_EQ(event.log_stream, "2025/03/04/[$LATEST]0a1b2c3d");
  EXPECT_EQ(event.subscription_filters, (std::vector<std::string>{"errors"}));
  ASSERT_EQ(event.log_events.size(), 1U);
  EXPECT_EQ(event.log_events[0].id, "36072345678901234567890123456789012345678901234567890123");
  EXPECT_EQ(event.log_events[0].timestamp, 1741050123456);
  EXPECT_EQ(event.log_events[0].message, "[ERROR] schade\n");
  EXPECT_EQ(event.log_events[0].extracted_fields, (StringMap{{"level", "ERROR"}}));
}

}  // namespace
}  // namespace thimble::events
