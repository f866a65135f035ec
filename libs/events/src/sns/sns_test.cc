#include <thimble/events/sns.h>

#include <gtest/gtest.h>

#include "../fixture.h"

namespace thimble::events {
namespace {

TEST(Sns, ReadsAnEvent) {
  const auto event = read_fixture<SnsEvent>("sns/fixture.json");
  ASSERT_EQ(event.records.size(), 1U);
  const auto& record = event.records[0];
  EXPECT_EQ(record.event_version, "1.0");
  EXPECT_EQ(record.event_subscription_arn,
            "arn:aws:sns:eu-central-1:111122223333:news:21be56ed-a058-49f5-8c98-aedd2564c486");
  EXPECT_EQ(record.event_source, "aws:sns");
  const auto& message = record.sns;
  EXPECT_EQ(message.signature_version, "1");
  EXPECT_EQ(message.timestamp, "2025-03-04T01:02:03.456Z");
  EXPECT_EQ(message.signature, "tcc6faL2yUC6dgZdmrwh1Y4cGa");
  EXPECT_EQ(message.signing_cert_url,
            "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-17.pem");
  EXPECT_EQ(message.message_id, "95df01b4-ee98-5cb9-9903-4c221d41eb5e");
  EXPECT_EQ(message.message, "schöne Grüße");
  EXPECT_EQ(message.message_attributes.size(), 2U);
  ASSERT_TRUE(message.message_attributes.contains("colour"));
  EXPECT_EQ(message.message_attributes.find("colour")->type, "String");
  EXPECT_EQ(message.message_attributes.find("colour")->value, "grün");
  ASSERT_TRUE(message.message_attributes.contains("seal"));
  EXPECT_EQ(message.message_attributes.find("seal")->type, "Binary");
  EXPECT_EQ(message.message_attributes.find("seal")->value, "/wCA");
  EXPECT_EQ(message.type, "Notification");
  EXPECT_EQ(message.unsubscribe_url, "https://sns.eu-central-1.amazonaws.com/?Action=Unsubscribe");
  EXPECT_EQ(message.topic_arn, "arn:aws:sns:eu-central-1:111122223333:news");
  EXPECT_EQ(message.subject, "Gruß");
}

TEST(Sns, ReadsLinksInBothSpellings) {
  const auto event = SnsEvent::from_json(
      R"({"Records":[{"Sns":{"SigningCertURL":"a","UnsubscribeURL":"b","Subject":null}}]})");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->records.at(0).sns.signing_cert_url, "a");
  EXPECT_EQ(event->records.at(0).sns.unsubscribe_url, "b");
  EXPECT_EQ(event->records.at(0).sns.subject, "");
}

}  // namespace
}  // namespace thimble::events
