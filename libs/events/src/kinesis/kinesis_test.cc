#include <thimble/events/kinesis.h>

#include <string>

#include <gtest/gtest.h>

#include "../fixture.h"

namespace thimble::events {
namespace {

TEST(Kinesis, ReadsAnEvent) {
  const auto event = read_fixture<KinesisEvent>("kinesis/fixture.json");
  ASSERT_EQ(event.records.size(), 1U);
  const auto& record = event.records[0];
  const auto& data = record.kinesis;
  EXPECT_EQ(data.schema_version, "1.0");
  EXPECT_EQ(data.partition_key, "schlüssel");
  EXPECT_EQ(data.sequence_number, "49590338271490256608559692538361571095921575989136588898");
  EXPECT_EQ(data.data, std::string("hello\000\377", 7));
  EXPECT_EQ(data.approximate_arrival_timestamp, 1741050123.456);
  EXPECT_EQ(data.encryption_type, "KMS");
  EXPECT_EQ(record.event_source, "aws:kinesis");
  EXPECT_EQ(record.event_version, "1.0");
  EXPECT_EQ(record.event_id,
            "shardId-000000000006:49590338271490256608559692538361571095921575989136588898");
  EXPECT_EQ(record.event_name, "aws:kinesis:record");
  EXPECT_EQ(record.invoke_identity_arn, "arn:aws:iam::111122223333:role/reader");
  EXPECT_EQ(record.aws_region, "eu-central-1");
  EXPECT_EQ(record.event_source_arn, "arn:aws:kinesis:eu-central-1:111122223333:stream/clicks");
}

TEST(Kinesis, SaysWhichRecordIsNotBase64) {
  EXPECT_EQ(error_of<KinesisEvent>(R"({"Records":[{"kinesis":{"data":"aGVsbG8"}}]})"),
            "Records[0].kinesis.data: illegal base64 data at input byte 7 at byte 31");
}

}  // namespace
}  // namespace thimble::events
