#include <thimble/events/event_bridge.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "../fixture.h"

namespace thimble::events {
namespace {

TEST(EventBridge, ReadsAnEvent) {
  const auto event = read_fixture<EventBridgeEvent>("event_bridge/fixture.json");
  EXPECT_EQ(event.version, "0");
  EXPECT_EQ(event.id, "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa");
  EXPECT_EQ(event.detail_type, "Order Placed");
  EXPECT_EQ(event.source, "shop.orders");
  EXPECT_EQ(event.account, "111122223333");
  EXPECT_EQ(event.time, "2025-03-04T01:02:03Z");
  EXPECT_EQ(event.region, "eu-central-1");
  EXPECT_EQ(event.resources, (std::vector<std::string>{"arn:aws:shop:::order/17"}));
  EXPECT_EQ(compact(event.detail.text), R"({"order":17,"für":"Zoë","parts":[{"n":1.5},null]})");
  EXPECT_EQ(event.replay_name, "friday");
}

TEST(EventBridge, LeavesTheDetailAsItIs) {
  const auto event = EventBridgeEvent::from_json(R"({"detail": { "a" : 1e400, "\u0062": [ ] } })");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->detail.text, R"({ "a" : 1e400, "\u0062": [ ] })");
}

}  // namespace
}  // namespace thimble::events
