#include "handler.h"

#include <gtest/gtest.h>

namespace {

TEST(Orders, AreRead) {
  const auto order = orders::read_order(R"({"order": "17", "quantity": 2, "note": null})");
  ASSERT_TRUE(order) << order.error().message;
  EXPECT_EQ(order->id, "17");
  EXPECT_EQ(order->quantity, 2);
}

TEST(Orders, WithoutAnIdOrAQuantityAreRefused) {
  for (const char* body :
       {"", "not JSON", "{}", R"({"order": "17"})", R"({"quantity": 2})",
        R"({"order": "17", "quantity": 0})", R"({"order": 17, "quantity": 2})"}) {
    EXPECT_FALSE(orders::read_order(body)) << body;
  }
}

TEST(Orders, ThatAreRefusedGoBackToTheQueue) {
  thimble::events::SqsEvent event;
  event.records.push_back({.message_id = "a", .body = R"({"order": "17", "quantity": 2})"});
  event.records.push_back({.message_id = "b", .body = "not JSON"});
  const auto response = orders::handle(event);
  ASSERT_EQ(response.batch_item_failures.size(), 1U);
  EXPECT_EQ(response.batch_item_failures[0].item_identifier, "b");
}

}  // namespace
