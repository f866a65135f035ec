#include <thimble/events/dynamodb.h>

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "../fixture.h"

namespace thimble::events {
namespace {

using Type = AttributeValue::Type;

TEST(DynamoDb, ReadsAnEvent) {
  const auto event = read_fixture<DynamoDbEvent>("dynamodb/fixture.json");
  ASSERT_EQ(event.records.size(), 1U);
  const auto& record = event.records[0];
  EXPECT_EQ(record.event_id, "c4ca4238a0b923820dcc509a6f75849b");
  EXPECT_EQ(record.event_name, "MODIFY");
  EXPECT_EQ(record.event_version, "1.1");
  EXPECT_EQ(record.event_source, "aws:dynamodb");
  EXPECT_EQ(record.aws_region, "eu-central-1");
  const auto& change = record.dynamodb;
  EXPECT_EQ(change.approximate_creation_date_time, 1741050123);
  EXPECT_EQ(change.sequence_number, "4421584500000000017450439091");
  EXPECT_EQ(change.size_bytes, 126);
  EXPECT_EQ(change.stream_view_type, "NEW_AND_OLD_IMAGES");
  EXPECT_EQ(
      record.event_source_arn,
      "arn:aws:dynamodb:eu-central-1:111122223333:table/people/stream/2025-01-01T00:00:00.000");
  ASSERT_TRUE(record.user_identity);
  EXPECT_EQ(record.user_identity->type, "Service");
  EXPECT_EQ(record.user_identity->principal_id, "dynamodb.amazonaws.com");
}

TEST(DynamoDb, ReadsValuesOfEveryType) {
  const auto event = read_fixture<DynamoDbEvent>("dynamodb/fixture.json");
  ASSERT_EQ(event.records.size(), 1U);
  EXPECT_EQ(event.records[0].dynamodb.keys,
            (DynamoDbItem{{"Id", {.type = Type::kNumber, .text = "101"}}}));
  EXPECT_EQ(event.records[0].dynamodb.old_image,
            (DynamoDbItem{{"Id", {.type = Type::kNumber, .text = "101"}},
                          {"Vip", {.type = Type::kBoolean, .boolean = false}}}));
  const DynamoDbItem& image = event.records[0].dynamodb.new_image;
  ASSERT_EQ(image.size(), 10U);
  const auto value = [&](std::string_view name) { return *image.find(name); };
  EXPECT_EQ(value("Name"), (AttributeValue{.type = Type::kString, .text = "Zoë"}));
  EXPECT_EQ(value("Photo"), (AttributeValue{.type = Type::kBinary, .text = "\xFF\xD8\xFF"}));
  EXPECT_EQ(value("Gone"), AttributeValue{});
  EXPECT_EQ(value("Vip"), (AttributeValue{.type = Type::kBoolean, .boolean = true}));
  EXPECT_EQ(value("Colours"), (AttributeValue{.type = Type::kStringSet, .set = {"grün", "rot"}}));
  EXPECT_EQ(value("Sizes"), (AttributeValue{.type = Type::kNumberSet, .set = {"1", "2.50"}}));
  EXPECT_EQ(value("Seals"),
            (AttributeValue{.type = Type::kBinarySet, .set = {std::string("\0\1", 2), "\xFF"}}));
  EXPECT_EQ(value("Orders"), (AttributeValue{.type = Type::kList,
                                             .list = {{.type = Type::kString, .text = "a"},
                                                      {.type = Type::kList},
                                                      {.type = Type::kMap}}}));
  EXPECT_EQ(value("Address"),
            (AttributeValue{.type = Type::kMap,
                            .map = {{"Town", {.type = Type::kString, .text = "Köln"}},
                                    {"Empty", {.type = Type::kString}}}}));
}

TEST(DynamoDb, SaysWhichValueIsWrong) {
  EXPECT_EQ(error_of<DynamoDbEvent>(
                R"({"Records":[{"dynamodb":{"Keys":{"Id":{"L":[{"M":{"a":{"N":1}}}]}}}}]})"),
            "Records[0].dynamodb.Keys.Id.L[0].M.a.N: expected a string at byte 59");
}

TEST(DynamoDb, SkipsTypesItDoesNotKnow) {
  const auto event =
      DynamoDbEvent::from_json(R"({"Records":[{"dynamodb":{"Keys":{"a":{"V":[1]},"b":{}}}}]})");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->records.at(0).dynamodb.keys, (DynamoDbItem{{"a", {}}, {"b", {}}}));
}

TEST(DynamoDb, RefusesValuesThatAreTooDeep) {
  std::string text = R"({"Records":[{"dynamodb":{"Keys":{"a":)";
  for (int i = 0; i < 100'000; ++i) text += R"({"L":[)";
  EXPECT_NE(error_of<DynamoDbEvent>(text).find("nested too deep"), std::string::npos);
}

}  // namespace
}  // namespace thimble::events
