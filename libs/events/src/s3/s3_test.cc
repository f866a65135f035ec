#include <thimble/events/s3.h>

#include <gtest/gtest.h>

#include "../fixture.h"

namespace thimble::events {
namespace {

TEST(S3, ReadsAnEvent) {
  const auto event = read_fixture<S3Event>("s3/fixture.json");
  ASSERT_EQ(event.records.size(), 1U);
  const auto& record = event.records[0];
  EXPECT_EQ(record.event_version, "2.3");
  EXPECT_EQ(record.event_source, "aws:s3");
  EXPECT_EQ(record.aws_region, "eu-central-1");
  EXPECT_EQ(record.event_time, "2025-03-04T01:02:03.456Z");
  EXPECT_EQ(record.event_name, "ObjectCreated:Put");
  EXPECT_EQ(record.user_identity.principal_id, "AWS:AIDAEXAMPLE17");
  EXPECT_EQ(record.request_parameters.source_ip_address, "198.51.100.7");
  EXPECT_EQ(record.response_elements.x_amz_request_id, "D82B88E5F771F645");
  EXPECT_EQ(record.response_elements.x_amz_id_2,
            "vlR7PnpV2Ce81l0PRw6jlUpck7Jo5ZsQjryTjKlc5aLWGVHPZLj5NeC6qMa0emYBDXOo6QBU0Wo=");
  EXPECT_EQ(record.s3.schema_version, "1.0");
  EXPECT_EQ(record.s3.configuration_id, "pictures");
  EXPECT_EQ(record.s3.bucket.name, "holiday");
  EXPECT_EQ(record.s3.bucket.owner_identity.principal_id, "A3I5XTEXAMAI3E");
  EXPECT_EQ(record.s3.bucket.arn, "arn:aws:s3:::holiday");
  EXPECT_EQ(record.s3.object.key, "rote+Bl%C3%BCte%21.jpg");
  EXPECT_EQ(record.s3.object.size, 1305107);
  EXPECT_EQ(record.s3.object.e_tag, "b21b84d653bb07b05b1e6b33684dc11b");
  EXPECT_EQ(record.s3.object.version_id, "096fKKXTRTtl3on89fVO.nfljtsv6qko");
  EXPECT_EQ(record.s3.object.sequencer, "0C0F6F405D6ED209E1");
  ASSERT_TRUE(record.glacier_event_data);
  EXPECT_EQ(record.glacier_event_data->restore_event_data.lifecycle_restoration_expiry_time,
            "2025-04-01T00:00:00.000Z");
  EXPECT_EQ(record.glacier_event_data->restore_event_data.lifecycle_restore_storage_class,
            "GLACIER");
  ASSERT_TRUE(record.replication_event_data);
  EXPECT_EQ(record.replication_event_data->replication_rule_id, "rule-17");
  EXPECT_EQ(record.replication_event_data->destination_bucket, "arn:aws:s3:::holiday-copy");
  EXPECT_EQ(record.replication_event_data->s3_operation, "OBJECT_REPLICATION_PUT");
  EXPECT_EQ(record.replication_event_data->request_time, "2025-03-04T00:00:00.000Z");
  EXPECT_EQ(record.replication_event_data->failure_reason, "AssumeRoleNotPermitted");
  EXPECT_EQ(record.replication_event_data->threshold, "900");
  EXPECT_EQ(record.replication_event_data->replication_time, "1000");
  ASSERT_TRUE(record.intelligent_tiering_event_data);
  EXPECT_EQ(record.intelligent_tiering_event_data->destination_access_tier, "DEEP_ARCHIVE_ACCESS");
  ASSERT_TRUE(record.lifecycle_event_data);
  EXPECT_EQ(record.lifecycle_event_data->transition_event_data.destination_storage_class,
            "STANDARD_IA");
}

TEST(S3, DecodesKeys) {
  const auto event = read_fixture<S3Event>("s3/fixture.json");
  EXPECT_EQ(event.records.at(0).s3.object.decoded_key(), "rote Blüte!.jpg");
}

TEST(S3, ReadsTheTestEventAsNoRecords) {
  const auto event = S3Event::from_json(
      R"({"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2025-03-04T01:02:03.456Z"})");
  ASSERT_TRUE(event);
  EXPECT_TRUE(event->records.empty());
}

}  // namespace
}  // namespace thimble::events
