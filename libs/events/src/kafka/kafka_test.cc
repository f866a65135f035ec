#include <thimble/events/kafka.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "../fixture.h"

namespace thimble::events {
namespace {

TEST(Kafka, ReadsAnEvent) {
  const auto event = read_fixture<KafkaEvent>("kafka/fixture.json");
  EXPECT_EQ(event.event_source, "aws:kafka");
  EXPECT_EQ(event.event_source_arn,
            "arn:aws:kafka:eu-central-1:111122223333:cluster/orders/751d2973");
  EXPECT_EQ(event.bootstrap_servers, "b-1.orders.example.com:9092,b-2.orders.example.com:9092");
  EXPECT_EQ(event.records.size(), 2U);
  ASSERT_TRUE(event.records.contains("orders-0"));
  ASSERT_EQ((*event.records.find("orders-0")).size(), 1U);
  EXPECT_EQ((*event.records.find("orders-0"))[0].topic, "orders");
  EXPECT_EQ((*event.records.find("orders-0"))[0].partition, 0);
  EXPECT_EQ((*event.records.find("orders-0"))[0].offset, 15);
  EXPECT_EQ((*event.records.find("orders-0"))[0].timestamp, 1741050123456);
  EXPECT_EQ((*event.records.find("orders-0"))[0].timestamp_type, "CREATE_TIME");
  EXPECT_EQ((*event.records.find("orders-0"))[0].key, "schl\303\274ssel");
  EXPECT_EQ((*event.records.find("orders-0"))[0].value, std::string("\000\377hi", 4));
  ASSERT_TRUE((*event.records.find("orders-0"))[0].key_schema_metadata);
  EXPECT_EQ((*event.records.find("orders-0"))[0].key_schema_metadata->data_format, "JSON");
  EXPECT_EQ((*event.records.find("orders-0"))[0].key_schema_metadata->schema_id, "17");
  ASSERT_TRUE((*event.records.find("orders-0"))[0].value_schema_metadata);
  EXPECT_EQ((*event.records.find("orders-0"))[0].value_schema_metadata->data_format, "AVRO");
  EXPECT_EQ((*event.records.find("orders-0"))[0].value_schema_metadata->schema_id, "18");
  ASSERT_TRUE(event.records.contains("orders-1"));
  ASSERT_EQ((*event.records.find("orders-1")).size(), 1U);
  EXPECT_EQ((*event.records.find("orders-1"))[0].topic, "orders");
  EXPECT_EQ((*event.records.find("orders-1"))[0].partition, 1);
  EXPECT_EQ((*event.records.find("orders-1"))[0].offset, 16);
  EXPECT_EQ((*event.records.find("orders-1"))[0].timestamp, 1741050123457);
  EXPECT_EQ((*event.records.find("orders-1"))[0].timestamp_type, "LOG_APPEND_TIME");
}

TEST(Kafka, ReadsHeadersOfSignedAndUnsignedBytes) {
  const auto event = read_fixture<KafkaEvent>("kafka/fixture.json");
  ASSERT_TRUE(event.records.contains("orders-0"));
  EXPECT_EQ(event.records.find("orders-0")->at(0).headers,
            (std::vector<KafkaHeader>{{"trace", std::string("hü\0", 4)}, {"trace", ""}}));
  const auto other =
      KafkaEvent::from_json(R"({"records":{"a-0":[{"headers":[{"a":[195,188],"b":[]}]}]}})");
  ASSERT_TRUE(other);
  EXPECT_EQ(other->records.find("a-0")->at(0).headers,
            (std::vector<KafkaHeader>{{"a", "ü"}, {"b", ""}}));
}

TEST(Kafka, KnowsARecordWithoutAValueFromAnEmptyOne) {
  const auto event =
      KafkaEvent::from_json(R"({"records":{"a-0":[{"key":"","value":null},{"value":""}]}})");
  ASSERT_TRUE(event);
  const auto& records = *event->records.find("a-0");
  EXPECT_EQ(records.at(0).key, "");
  EXPECT_EQ(records.at(0).value, std::nullopt);
  EXPECT_EQ(records.at(1).value, "");
}

TEST(Kafka, SaysWhichByteIsNone) {
  EXPECT_EQ(error_of<KafkaEvent>(R"({"records":{"a-0":[{"headers":[{"a":[1,256]}]}]}})"),
            "records.a-0[0].headers[0].a[1]: expected a byte at byte 39");
  EXPECT_EQ(error_of<KafkaEvent>(R"({"records":{"a-0":[{"headers":[{"a":[-129,-999]}]}]}})"),
            "records.a-0[0].headers[0].a[0]: expected a byte at byte 37");
}

}  // namespace
}  // namespace thimble::events
