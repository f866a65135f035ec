#include "invoke/async_invoker.h"

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "thimble/base/manual_clock.h"

namespace thimble::emulator {
namespace {

std::shared_ptr<const Buffer> bytes(std::string_view text) {
  auto buffer = std::make_shared<Buffer>();
  buffer->append(text);
  return buffer;
}

Outcome failure(std::string_view type, std::string_view body = {}) {
  Outcome outcome{.kind = Outcome::Kind::kFunctionError};
  outcome.error_type = type;
  if (!body.empty()) outcome.body = bytes(body);
  return outcome;
}

class AsyncInvokerTest : public testing::Test, private EventSink {
 protected:
  AsyncInvokerTest() : loop_(EventLoop::create(clock_).value()) { bus_.add(*this); }

  AsyncInvoker& start(unsigned retries = 2, std::size_t most = 10, std::size_t most_bytes = 100) {
    invoker_ = std::make_unique<AsyncInvoker>(AsyncInvoker::Options{
        .loop = *loop_,
        .bus = bus_,
        .ids = ids_,
        .run = [this](std::unique_ptr<Invocation> one) { running_.push_back(std::move(one)); },
        .most = most,
        .most_bytes = most_bytes,
        .retries = retries,
        .retry_delay = Seconds(60)});
    return *invoker_;
  }
  // Whether it was taken.
  bool submit(std::string_view request_id, std::string_view payload = "{}") {
    auto invocation = std::make_unique<Invocation>();
    invocation->request_id = request_id;
    invocation->trace_id = "Root=1";
    invocation->tenant_id = "blue";
    invocation->payload = bytes(payload);
    return invoker_->submit(std::move(invocation)) == nullptr;
  }
  void turn() { loop_->run_once(Milliseconds(0)); }
  // Ends the oldest attempt that runs.
  void end(Outcome outcome) {
    const auto invocation = std::move(running_.front());
    running_.pop_front();
    invocation->end(std::move(outcome));
  }
  void on_event(const PlatformEvent& event) override {
    if (const auto* notice = std::get_if<Notice>(&event)) notices_.emplace_back(notice->message);
  }

  ManualClock clock_;
  std::unique_ptr<EventLoop> loop_;
  EventBus bus_;
  RandomIds ids_;
  std::deque<std::unique_ptr<Invocation>> running_;
  std::vector<std::string> notices_;
  std::unique_ptr<AsyncInvoker> invoker_;
};

TEST_F(AsyncInvokerTest, RunsWhatItWasGivenInTheNextTurn) {
  start();
  ASSERT_TRUE(submit("one", "[1]"));
  EXPECT_TRUE(running_.empty());
  turn();
  ASSERT_EQ(running_.size(), 1U);
  EXPECT_EQ(running_[0]->request_id, "one");
  EXPECT_EQ(running_[0]->trace_id, "Root=1");
  EXPECT_EQ(running_[0]->tenant_id, "blue");
  EXPECT_EQ(running_[0]->payload->view(), "[1]");
  EXPECT_FALSE(running_[0]->delivery_id.empty());
  end({.kind = Outcome::Kind::kResponse});
  clock_.advance(Seconds(600));
  turn();
  EXPECT_TRUE(running_.empty());
  EXPECT_TRUE(notices_.empty());
}

TEST_F(AsyncInvokerTest, RetriesAfterOneDelayAndAfterTwoWithTheSameRequestId) {
  start();
  ASSERT_TRUE(submit("one"));
  turn();
  const std::string first_delivery = running_[0]->delivery_id;
  end(failure("Runtime.Unknown"));
  clock_.advance(Seconds(59));
  turn();
  EXPECT_TRUE(running_.empty());
  clock_.advance(Seconds(1));
  turn();
  ASSERT_EQ(running_.size(), 1U);
  EXPECT_EQ(running_[0]->request_id, "one");
  EXPECT_NE(running_[0]->delivery_id, first_delivery);
  end(failure("Runtime.ExitError"));
  clock_.advance(Seconds(119));
  turn();
  EXPECT_TRUE(running_.empty());
  clock_.advance(Seconds(1));
  turn();
  ASSERT_EQ(running_.size(), 1U);
  end({.kind = Outcome::Kind::kResponse});
  EXPECT_EQ(notices_, (std::vector<std::string>{
                          "Asynchronous invocation one failed: Runtime.Unknown; retry 1 of 2 in "
                          "60000 ms",
                          "Asynchronous invocation one failed: Runtime.ExitError; retry 2 of 2 in "
                          "120000 ms"}));
}

TEST_F(AsyncInvokerTest, ReportsWhatFailedEveryTimeAsTheHandlerCalledIt) {
  start(1);
  ASSERT_TRUE(submit("one"));
  turn();
  end(failure("Runtime.Unknown", R"({"errorType":"ValueError"})"));
  clock_.advance(Seconds(60));
  turn();
  end(failure("Runtime.Unknown", R"({"errorType":"KeyError"})"));
  EXPECT_EQ(notices_.back(), "Asynchronous invocation one failed after 2 attempts: KeyError");
  clock_.advance(Seconds(600));
  turn();
  EXPECT_TRUE(running_.empty());
}

TEST_F(AsyncInvokerTest, TriesOnceWithoutRetries) {
  start(0);
  ASSERT_TRUE(submit("one"));
  turn();
  end(failure("Sandbox.Timedout", "no JSON"));
  EXPECT_EQ(notices_, std::vector<std::string>{
                          "Asynchronous invocation one failed after 1 attempt: Sandbox.Timedout"});
}

TEST_F(AsyncInvokerTest, RefusesMoreThanMayBeUnfinished) {
  start(2, 2);
  EXPECT_TRUE(submit("one"));
  EXPECT_TRUE(submit("two"));
  EXPECT_FALSE(submit("three"));
  turn();
  end(failure("Runtime.Unknown"));
  EXPECT_FALSE(submit("three")) << "one that waits for its retry is not finished";
  end({.kind = Outcome::Kind::kResponse});
  EXPECT_TRUE(submit("three"));
}

TEST_F(AsyncInvokerTest, RefusesMorePayloadThanMayBeUnfinished) {
  start(0, 10, 5);
  EXPECT_TRUE(submit("one", "[1]"));
  EXPECT_FALSE(submit("two", "[2]"));
  EXPECT_TRUE(submit("three", "3"));
  turn();
  end({.kind = Outcome::Kind::kResponse});
  EXPECT_TRUE(submit("two", "[2]"));
}

TEST_F(AsyncInvokerTest, SaysHowManyTheEndDropped) {
  AsyncInvoker& invoker = start();
  ASSERT_TRUE(submit("running") && submit("delayed") && submit("finished"));
  turn();
  std::swap(running_[0], running_[1]);
  end(failure("Runtime.Unknown"));
  std::swap(running_[0], running_[1]);
  end({.kind = Outcome::Kind::kResponse});
  notices_.clear();
  ASSERT_TRUE(submit("ready"));
  invoker.shut_down();
  EXPECT_EQ(notices_, std::vector<std::string>{
                          "Shutting down: dropped 3 unfinished asynchronous invocations"});
  end({.kind = Outcome::Kind::kShutDown});
  clock_.advance(Seconds(60));
  turn();
  EXPECT_TRUE(running_.empty());
  EXPECT_EQ(notices_.size(), 1U);
  EXPECT_FALSE(submit("too late"));
}

TEST_F(AsyncInvokerTest, SaysNothingAtTheEndWhenNothingIsUnfinished) {
  start().shut_down();
  EXPECT_TRUE(notices_.empty());
}

}  // namespace
}  // namespace thimble::emulator
