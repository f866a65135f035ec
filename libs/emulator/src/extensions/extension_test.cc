#include "extensions/extension.h"

#include <set>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "fake_exchange.h"

namespace thimble::emulator {
namespace {

class Deaf final : public ExtensionListener {
  bool on_extension_output(std::string_view, std::string_view) override { return true; }
  void on_extension_ending() override {}
  void on_extension_exit(std::string_view, const Exit&) override {}
};

class ExtensionEvents : public testing::Test {
 protected:
  Deaf listener_;
  FakeExchange first_{"GET", "/2020-01-01/extension/event/next"};
  FakeExchange second_{"GET", "/2020-01-01/extension/event/next"};
  Extension extension_{"logger", "its-identifier", listener_};
};

TEST_F(ExtensionEvents, AreGivenToWhoWaits) {
  extension_.wait_for_event(first_, "unused");
  EXPECT_EQ(extension_.state, ExtensionState::kReady);
  EXPECT_FALSE(first_.is_answered());
  extension_.give("{}", "event-1");
  EXPECT_EQ(extension_.state, ExtensionState::kRunning);
  EXPECT_EQ(first_.status, 200);
  EXPECT_EQ(first_.content_type, "application/json");
  EXPECT_EQ(first_.header("Lambda-Extension-Identifier"), "its-identifier");
  EXPECT_EQ(first_.header("Lambda-Extension-Event-Identifier"), "event-1");
  EXPECT_EQ(first_.answer, "{}");
}

TEST_F(ExtensionEvents, WaitForWhoAsksLater) {
  extension_.give("{}", "unused");
  extension_.wait_for_event(first_, "event-1");
  EXPECT_EQ(first_.answer, "{}");
  EXPECT_EQ(extension_.state, ExtensionState::kRunning);
  extension_.wait_for_event(second_, "event-2");
  EXPECT_FALSE(second_.is_answered());
}

TEST_F(ExtensionEvents, WaitForTheNextConnectionWhenOneBreaks) {
  extension_.wait_for_event(first_, "unused");
  first_.leave();
  extension_.give("{}", "unused");
  EXPECT_FALSE(first_.is_answered());
  extension_.wait_for_event(second_, "event-1");
  EXPECT_EQ(second_.answer, "{}");
}

TEST_F(ExtensionEvents, AreNotGivenToWhomTheExchangeWasTakenFrom) {
  extension_.wait_for_event(first_, "unused");
  EXPECT_EQ(extension_.take_waiting(), &first_);
  EXPECT_EQ(extension_.take_waiting(), nullptr);
  extension_.give("{}", "unused");
  EXPECT_FALSE(first_.is_answered());
}

TEST_F(ExtensionEvents, GiveWayToTheLastOne) {
  extension_.give("invoke", "unused");
  extension_.give("shutdown", "unused");
  extension_.wait_for_event(first_, "event-1");
  EXPECT_EQ(first_.answer, "shutdown");
}

TEST(Extension, HasNoProcessUntilItIsStarted) {
  Deaf listener;
  Extension extension("logger", "its-identifier", listener);
  EXPECT_FALSE(extension.is_external());
  EXPECT_FALSE(extension.is_running());
  EXPECT_EQ(extension.pid(), 0);
  extension.kill();
  extension.drain_output();
  extension.resume_output();
}

TEST(ExtensionState, HasANameOfItsOwn) {
  using enum ExtensionState;
  std::set<std::string_view> names;
  for (const auto state : {kStarted, kRegistered, kReady, kRunning, kInitError, kExitError})
    names.insert(name_of(state));
  EXPECT_EQ(names.size(), 6U);
  EXPECT_FALSE(names.contains(""));
}

}  // namespace
}  // namespace thimble::emulator
