#include "durable_execution.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace thimble::emulator {
namespace {

constexpr std::string_view kArn = "arn:aws:lambda:us-east-1:012345678912:function:hello";

class DurableExecution : public testing::Test {
 protected:
  DurableExecution() {
    function_.arn = kArn;
    function_.version = "$LATEST";
  }

  Result<void> read(std::vector<http::Header> headers) {
    http::Request request;
    request.headers = std::move(headers);
    return read_durable_execution(request, function_, ids_, invocation_);
  }

  Function function_;
  RandomIds ids_;
  Invocation invocation_;
};

TEST_F(DurableExecution, IsNoneIfNoHeaderSaysSo) {
  EXPECT_TRUE(read({{"Content-Type", "application/json"}}));
  EXPECT_EQ(invocation_.durable_name, "");
  EXPECT_EQ(invocation_.durable_arn, "");
}

TEST_F(DurableExecution, GetsAnArnOfTheVersionThatWasInvoked) {
  const std::string prefix(kArn);
  EXPECT_TRUE(read({{"x-amz-durable-execution-name", "order-1_a"}}));
  EXPECT_EQ(invocation_.durable_name, "order-1_a");
  const std::string first = invocation_.durable_arn;
  EXPECT_TRUE(first.starts_with(prefix + ":$LATEST/durable-execution/order-1_a/")) << first;
  EXPECT_EQ(first.size(),
            prefix.size() + std::string_view(":$LATEST/durable-execution/order-1_a/").size() + 36);

  invocation_.qualifier = "7";
  EXPECT_TRUE(read({{"X-Amz-Durable-Execution-Name", "order-1_a"}}));
  EXPECT_TRUE(invocation_.durable_arn.starts_with(prefix + ":7/durable-execution/order-1_a/"));
  EXPECT_NE(invocation_.durable_arn.substr(invocation_.durable_arn.rfind('/')),
            first.substr(first.rfind('/')));

  invocation_.qualifier = "PROD";
  EXPECT_TRUE(read({{"X-Amz-Durable-Execution-Name", "order-1_a"}}));
  EXPECT_TRUE(invocation_.durable_arn.starts_with(prefix + ":$LATEST/durable-execution/"));
}

TEST_F(DurableExecution, KeepsTheArnItHasAlready) {
  EXPECT_TRUE(read({{"X-Amz-Durable-Execution-Arn", "arn:of:it"}}));
  EXPECT_EQ(invocation_.durable_arn, "arn:of:it");
  EXPECT_EQ(invocation_.durable_name, "");
  EXPECT_TRUE(
      read({{"X-Amz-Durable-Execution-Arn", "arn:of:it"}, {"X-Amz-Durable-Execution-Name", "n"}}));
  EXPECT_EQ(invocation_.durable_arn, "arn:of:it");
}

TEST_F(DurableExecution, MayNotBeCalledAnything) {
  for (const std::string& name : {std::string("a b"), std::string("a/b"), std::string("a.b"),
                                  std::string("\xc3\xa9"), std::string(65, 'x')}) {
    EXPECT_FALSE(read({{"X-Amz-Durable-Execution-Name", name}})) << name;
    EXPECT_EQ(invocation_.durable_name, name);
    EXPECT_EQ(invocation_.durable_arn, "");
  }
  const std::string longest(64, 'x');
  EXPECT_TRUE(read({{"X-Amz-Durable-Execution-Name", longest}}));
}

}  // namespace
}  // namespace thimble::emulator
