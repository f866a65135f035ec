#include <thimble/events/batch_response.h>

#include <gtest/gtest.h>

#include "../fixture.h"

namespace thimble::events {
namespace {

TEST(BatchResponse, ReadsAResponse) {
  const auto event = read_fixture<BatchResponse>("batch/fixture.json");
  ASSERT_EQ(event.batch_item_failures.size(), 2U);
  EXPECT_EQ(event.batch_item_failures[0].item_identifier, "059f36b4-87a3-44ab-83d2-661975830a7d");
  EXPECT_EQ(event.batch_item_failures[1].item_identifier, "ünusual");
}

TEST(BatchResponse, IsWrittenEvenIfAllSucceeded) {
  BatchResponse response;
  EXPECT_TRUE(response.all_succeeded());
  EXPECT_EQ(written(response), R"({"batchItemFailures":[]})");
  response.add("17");
  EXPECT_FALSE(response.all_succeeded());
  EXPECT_EQ(written(response), R"({"batchItemFailures":[{"itemIdentifier":"17"}]})");
}

}  // namespace
}  // namespace thimble::events
