#include <thimble/events/sqs.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "../fixture.h"

namespace thimble::events {
namespace {

TEST(Sqs, ReadsAnEvent) {
  const auto event = read_fixture<SqsEvent>("sqs/fixture.json");
  ASSERT_EQ(event.records.size(), 2U);
  const auto& record = event.records[0];
  EXPECT_EQ(record.message_id, "059f36b4-87a3-44ab-83d2-661975830a7d");
  EXPECT_EQ(record.receipt_handle, "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a");
  EXPECT_EQ(record.body, R"({"order": 17, "für": "Zoë"})");
  EXPECT_EQ(record.attributes, (StringMap{{"ApproximateReceiveCount", "1"},
                                          {"SentTimestamp", "1741050123456"},
                                          {"SenderId", "AIDAIENQZJOLO23YVJ4VO"},
                                          {"ApproximateFirstReceiveTimestamp", "1741050123460"}}));
  EXPECT_EQ(record.message_attributes.size(), 2U);
  ASSERT_TRUE(record.message_attributes.contains("colour"));
  EXPECT_EQ(record.message_attributes.find("colour")->string_value, "grün");
  EXPECT_EQ(record.message_attributes.find("colour")->string_list_values,
            (std::vector<std::string>{"a"}));
  EXPECT_EQ(record.message_attributes.find("colour")->binary_list_values,
            (std::vector<std::string>{std::string("\000\001", 2)}));
  EXPECT_EQ(record.message_attributes.find("colour")->data_type, "String");
  ASSERT_TRUE(record.message_attributes.contains("seal"));
  EXPECT_EQ(record.message_attributes.find("seal")->binary_value, std::string("\377\000\200", 3));
  EXPECT_EQ(record.message_attributes.find("seal")->data_type, "Binary.wax");
  EXPECT_EQ(record.md5_of_body, "e4e68fb7bd0e697a0ae8f1bb342846b3");
  EXPECT_EQ(record.md5_of_message_attributes, "00484c68de8a3a2c2e2d0a4f1a1bd4f0");
  EXPECT_EQ(record.event_source, "aws:sqs");
  EXPECT_EQ(record.event_source_arn, "arn:aws:sqs:eu-central-1:111122223333:orders");
  EXPECT_EQ(record.aws_region, "eu-central-1");
  const auto& other = event.records[1];
  EXPECT_EQ(other.message_id, "2e1424d4-f796-459a-8184-9c92662be6da");
  EXPECT_EQ(other.receipt_handle, "AQEBzWwaftRI0KuVm4tP");
  EXPECT_EQ(other.body, "");
  EXPECT_EQ(other.attributes, (StringMap{}));
  EXPECT_EQ(other.message_attributes.size(), 0U);
  EXPECT_EQ(other.md5_of_body, "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(other.event_source, "aws:sqs");
  EXPECT_EQ(other.event_source_arn, "arn:aws:sqs:eu-central-1:111122223333:orders");
  EXPECT_EQ(other.aws_region, "eu-central-1");
}

TEST(Sqs, SaysWhichRecordIsWrong) {
  EXPECT_EQ(error_of<SqsEvent>(R"({"Records":[{},{},{"messageId":5}]})"),
            "Records[2].messageId: expected a string at byte 31");
  EXPECT_EQ(
      error_of<SqsEvent>(
          R"({"Records":[{"messageAttributes":{"a":{"binaryListValues":["AA==","!"]}}}]})"),
      "Records[0].messageAttributes.a.binaryListValues[1]: illegal base64 data at input byte 0 at "
      "byte 66");
}

}  // namespace
}  // namespace thimble::events
