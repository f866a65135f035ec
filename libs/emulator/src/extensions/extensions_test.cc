#include "extensions/extensions.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "thimble/base/manual_clock.h"

#include "fake_exchange.h"

namespace thimble::emulator {
namespace {

using Strings = std::vector<std::string>;

// Internal extensions only: there is no folder, so no processes.
class InternalExtensions : public testing::Test, public ExtensionsListener {
 protected:
  InternalExtensions() {
    auto loop = EventLoop::create(clock_);
    EXPECT_TRUE(loop);
    loop_ = std::move(*loop);
    children_ = std::make_unique<Children>(*loop_);
    function_.name = "greeter";
    function_.version = "7";
    function_.handler = "app.handler";
    function_.account_id = "012345678912";
    function_.extensions_folder = "/no/such/folder";
    extensions_ = std::make_unique<Extensions>(Extensions::Context{.loop = *loop_,
                                                                   .children = *children_,
                                                                   .bus = bus_,
                                                                   .ids = ids_,
                                                                   .function = function_,
                                                                   .env = env_,
                                                                   .inherited = inherited_},
                                               *this);
  }

  void start() { EXPECT_TRUE(extensions_->start("127.0.0.1:9001")); }

  // Registers, and returns the identifier.
  std::string add(std::string_view name, std::string_view body = R"({"events":["INVOKE"]})") {
    FakeExchange exchange("POST", "/2020-01-01/extension/register",
                          {{"Lambda-Extension-Name", name}}, body);
    extensions_->on_request(exchange);
    EXPECT_EQ(exchange.status, 200) << exchange.answer;
    return exchange.header("Lambda-Extension-Identifier");
  }

  // The exchange lives as long as the extensions.
  FakeExchange* next(const std::string& identifier) {
    exchanges_.push_back(std::make_unique<FakeExchange>(
        "GET", "/2020-01-01/extension/event/next",
        std::initializer_list<http::Header>{{"Lambda-Extension-Identifier", identifier}}));
    extensions_->on_request(*exchanges_.back());
    return exchanges_.back().get();
  }

  void invoke() {
    extensions_->invoke({.request_id = "id", .deadline_ms = "9", .arn = "a", .trace_id = "t"});
  }

  void on_extensions_registered() override { told_.emplace_back("registered"); }
  void on_extensions_ready() override { told_.emplace_back("ready"); }
  void on_extension_failed(std::string_view type, std::string_view reason) override {
    told_.push_back(std::string(type).append(": ").append(reason));
  }
  void on_extension_ending() override { told_.emplace_back("ending"); }
  void on_extensions_stopped() override { told_.emplace_back("stopped"); }
  bool has_room_for_output() override { return true; }

  ManualClock clock_;
  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<Children> children_;
  EventBus bus_;
  RandomIds ids_;
  Function function_;
  Env env_;
  InheritedState inherited_{};
  std::vector<std::unique_ptr<FakeExchange>> exchanges_;
  std::unique_ptr<Extensions> extensions_;
  Strings told_;
};

TEST_F(InternalExtensions, AreAllRegisteredAndReadyWhenThereAreNone) {
  start();
  EXPECT_TRUE(extensions_->empty());
  EXPECT_FALSE(extensions_->has_external());
  EXPECT_TRUE(extensions_->all_registered());
  EXPECT_TRUE(extensions_->all_ready());
  EXPECT_EQ(told_, Strings{});
}

TEST_F(InternalExtensions, CanBeFoundByTheirIdentifier) {
  start();
  const std::string identifier = add("one");
  ASSERT_NE(extensions_->find(identifier), nullptr);
  EXPECT_EQ(extensions_->find(identifier)->name(), "one");
  EXPECT_EQ(extensions_->find("another"), nullptr);
  EXPECT_FALSE(extensions_->has_external());
  EXPECT_FALSE(extensions_->all_ready());
}

TEST_F(InternalExtensions, AreReadyWhenTheLastOneWaits) {
  start();
  next(add("one"));
  const std::string identifier = add("two");
  told_.clear();
  next(identifier);
  EXPECT_EQ(told_, Strings{"ready"});
  EXPECT_TRUE(extensions_->all_ready());
}

TEST_F(InternalExtensions, GetTheInvocationIfTheyWantIt) {
  start();
  const std::string wants = add("wants");
  const std::string wants_not = add("wants-not", R"({"events":[]})");
  const auto waits = next(wants);
  const auto waits_not = next(wants_not);
  told_.clear();
  invoke();
  EXPECT_EQ(waits->answer,
            R"({"eventType":"INVOKE","deadlineMs":9,"requestId":"id","invokedFunctionArn":"a",)"
            R"("tracing":{"type":"X-Amzn-Trace-Id","value":"t"}})");
  EXPECT_FALSE(waits_not->is_answered());
  EXPECT_FALSE(extensions_->all_ready());
  next(wants);
  EXPECT_TRUE(extensions_->all_ready());
  EXPECT_EQ(told_, Strings{"ready"});
}

TEST_F(InternalExtensions, AreNotReadyWhileAnEventWaitsForABrokenConnection) {
  start();
  const std::string identifier = add("one");
  next(identifier)->leave();
  told_.clear();
  invoke();
  const auto takes = next(identifier);
  EXPECT_EQ(takes->status, 200);
  EXPECT_EQ(told_, Strings{});
  next(identifier);
  EXPECT_EQ(told_, Strings{"ready"});
}

TEST_F(InternalExtensions, AreToldOnceThatTheyAreReadyThoughTheyAskAgain) {
  start();
  const std::string identifier = add("one");
  next(identifier)->leave();
  EXPECT_EQ(told_, Strings{"ready"});
  const auto earlier = next(identifier);
  const auto later = next(identifier);
  EXPECT_EQ(told_, Strings{"ready"});
  EXPECT_EQ(earlier->status, 403);
  EXPECT_FALSE(later->is_answered());
}

TEST_F(InternalExtensions, CanFailInEveryStateButOnlyOnce) {
  start();
  const std::string identifier = add("one");
  for (int i = 0; i < 2; ++i) {
    FakeExchange error("POST", "/2020-01-01/extension/exit/error",
                       {{"Lambda-Extension-Identifier", identifier},
                        {"Lambda-Extension-Function-Error-Type", "Extension.Bad"}});
    extensions_->on_request(error);
    EXPECT_EQ(error.status, 202);
  }
  EXPECT_EQ(told_, Strings{"Extension.ExitError: one: Extension.Bad"});
  EXPECT_EQ(next(identifier)->status, 403);
}

TEST_F(InternalExtensions, AreNotEventsOfTheShutdown) {
  start();
  const auto waits = next(add("one"));
  told_.clear();
  extensions_->shut_down(ShutdownReason::kSpindown, clock_.wall());
  EXPECT_EQ(told_, Strings{"stopped"});
  EXPECT_FALSE(waits->is_answered());
}

TEST_F(InternalExtensions, ComeTooEarlyTooLateAndAfterTheEnd) {
  const auto refused = [&](std::string_view name) {
    FakeExchange exchange("POST", "/2020-01-01/extension/register",
                          {{"Lambda-Extension-Name", name}}, "{}");
    extensions_->on_request(exchange);
    return exchange.answer ==
           "{\"errorMessage\":\"Extension registration closed already\","
           "\"errorType\":\"Extension.RegistrationClosed\"}\n";
  };
  EXPECT_TRUE(refused("early"));
  start();
  add("in-time");
  extensions_->close_registration();
  EXPECT_TRUE(refused("late"));
  extensions_->clear();
  EXPECT_TRUE(extensions_->empty());
  EXPECT_TRUE(refused("after-the-end"));
  start();
  extensions_->clear();
  EXPECT_TRUE(refused("after-a-failed-start"));
}

TEST_F(InternalExtensions, AreToldTheAccountWhenTheyAskForIt) {
  start();
  for (const std::string_view features : {"accountId", " a,accountId ,b", "a,  accountId"}) {
    FakeExchange exchange(
        "POST", "/2020-01-01/extension/register",
        {{"Lambda-Extension-Name", features}, {"Lambda-Extension-Accept-Feature", features}}, "{}");
    extensions_->on_request(exchange);
    EXPECT_EQ(exchange.answer,
              "{\"functionName\":\"greeter\",\"functionVersion\":\"7\",\"handler\":\"app.handler\","
              "\"accountId\":\"012345678912\"}\n");
  }
}

}  // namespace
}  // namespace thimble::emulator
