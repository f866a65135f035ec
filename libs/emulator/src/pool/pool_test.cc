#include "pool/pool.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "thimble/base/manual_clock.h"

namespace thimble::emulator {
namespace {

// Runs one invocation at a time, until it is told to be done.
class FakeEnvironment final : public PooledEnvironment {
 public:
  explicit FakeEnvironment(EnvironmentListener& listener) : listener_(listener) {}

  bool is_free() const override { return !is_retiring && running.empty(); }
  bool is_stopped() const override { return !is_started; }
  bool is_about_to_be_free() const override { return has_answered; }
  void prepare() override { is_started = true; }
  void invoke(std::unique_ptr<Invocation> invocation) override {
    is_started = true;
    running = invocation->request_id;
    ran.push_back(running);
  }
  void retire() override { is_retiring = true; }
  void shut_down(std::function<void()> on_stopped) override { on_shut_down = on_stopped; }
  void resume_output() override {}

  void finish() {
    has_answered = false;
    running.clear();
    listener_.on_free();
  }
  void stop() {
    is_retiring = is_started = false;
    finish();
  }

  std::string running;
  std::vector<std::string> ran;
  bool is_started = false;
  bool is_retiring = false;
  bool has_answered = false;
  std::function<void()> on_shut_down;

 private:
  EnvironmentListener& listener_;
};

using Names = std::vector<std::string>;

class PoolTest : public testing::Test {
 protected:
  void make(std::size_t environments, bool isolates_tenants = true) {
    loop_ = std::move(*EventLoop::create(clock_));
    pool_ = std::move(*Pool::create(
        {.loop = *loop_,
         .open =
             [this](EnvironmentListener& listener) -> Result<std::shared_ptr<PooledEnvironment>> {
           if (is_out_of_ports_) return fail(ErrorCode::kInvalid, "no port left");
           environments_.push_back(std::make_shared<FakeEnvironment>(listener));
           return environments_.back();
         },
         .environments = environments,
         .isolates_tenants = isolates_tenants,
         .queued_invocations = 4,
         .queued_bytes = 1000}));
  }

  static std::unique_ptr<Invocation> invocation(const std::string& id, const std::string& tenant) {
    auto made = std::make_unique<Invocation>();
    made->request_id = id;
    made->tenant_id = tenant;
    made->payload = std::make_shared<const Buffer>();
    return made;
  }

  bool submit(const std::string& id, const std::string& tenant = {}) {
    const bool is_taken = pool_->submit(invocation(id, tenant)) == nullptr;
    settle();
    return is_taken;
  }
  void submit_to_background(const std::string& id) {
    pool_->submit_to_background(invocation(id, {}));
    settle();
  }
  void settle() {
    Timer stop(*loop_, [this] { loop_->stop(); });
    stop.start_at(clock_.now());
    loop_->run();
  }
  void finish(std::size_t which) {
    environments_[which]->finish();
    settle();
  }
  void stop(std::size_t which) {
    environments_[which]->stop();
    settle();
  }

  ManualClock clock_;
  std::unique_ptr<EventLoop> loop_;
  std::vector<std::shared_ptr<FakeEnvironment>> environments_;
  std::unique_ptr<Pool> pool_;
  bool is_out_of_ports_ = false;
};

TEST_F(PoolTest, GivesAPreparedEnvironmentToTheFirstInvocationWhoseverItIs) {
  make(2);
  pool_->prepare();
  EXPECT_TRUE(environments_[0]->is_started);
  EXPECT_TRUE(submit("a", "blue"));
  EXPECT_EQ(environments_.size(), 1U);
  EXPECT_EQ(environments_[0]->running, "a");
  finish(0);
  EXPECT_TRUE(submit("b", "red"));
  EXPECT_EQ(environments_.size(), 2U) << "now it is blue's";
}

TEST_F(PoolTest, RunsOneAfterAnotherInOneEnvironment) {
  make(1);
  EXPECT_TRUE(submit("a"));
  EXPECT_TRUE(submit("b"));
  EXPECT_TRUE(submit("c"));
  EXPECT_EQ(environments_[0]->running, "a");
  finish(0);
  finish(0);
  EXPECT_EQ(environments_[0]->ran, (Names{"a", "b", "c"}));
}

TEST_F(PoolTest, OpensAnotherOnlyWhenTheOthersAreBusy) {
  make(2);
  ASSERT_TRUE(submit("a"));
  EXPECT_EQ(environments_.size(), 1U);
  ASSERT_TRUE(submit("b"));
  ASSERT_EQ(environments_.size(), 2U);
  ASSERT_TRUE(submit("c"));
  finish(1);
  EXPECT_EQ(environments_[1]->ran, (Names{"b", "c"}));
  finish(0);
  finish(1);
  ASSERT_TRUE(submit("d"));
  EXPECT_EQ(environments_[0]->ran, (Names{"a", "d"}));
}

TEST_F(PoolTest, WaitsForOneThatHasAnsweredBeforeItOpensAnother) {
  make(2);
  ASSERT_TRUE(submit("a"));
  environments_[0]->has_answered = true;
  ASSERT_TRUE(submit("b"));
  EXPECT_EQ(environments_.size(), 1U);
  finish(0);
  EXPECT_EQ(environments_[0]->running, "b");
}

TEST_F(PoolTest, CountsOnOneThatHasAnsweredForOneInvocationOnly) {
  make(2);
  ASSERT_TRUE(submit("a"));
  environments_[0]->has_answered = true;
  ASSERT_TRUE(submit("b"));
  ASSERT_TRUE(submit("c"));
  ASSERT_EQ(environments_.size(), 2U);
  finish(0);
  EXPECT_EQ(environments_[0]->ran.size() + environments_[1]->ran.size(), 3U);
}

TEST_F(PoolTest, OpensAnotherIfOneThatHasAnsweredDoesNotComeBack) {
  make(2);
  ASSERT_TRUE(submit("a"));
  environments_[0]->has_answered = true;
  ASSERT_TRUE(submit("b"));
  clock_.advance(Seconds(1));
  settle();
  ASSERT_EQ(environments_.size(), 2U);
  EXPECT_EQ(environments_[1]->running, "b");
}

TEST_F(PoolTest, MakesDoWithThoseThereAreIfNoOtherCanBeOpened) {
  make(3);
  ASSERT_TRUE(submit("a"));
  is_out_of_ports_ = true;
  ASSERT_TRUE(submit("b"));
  EXPECT_EQ(environments_.size(), 1U);
  finish(0);
  EXPECT_EQ(environments_[0]->running, "b");
}

TEST_F(PoolTest, RefusesWhatTheQueueDoesNotHold) {
  make(1);
  for (const char* id : {"running", "1", "2", "3", "4"}) EXPECT_TRUE(submit(id));
  EXPECT_FALSE(submit("5"));
}

TEST_F(PoolTest, GivesTheProcessesOfOneTenantToNoOther) {
  make(1);
  ASSERT_TRUE(submit("a", "blue"));
  ASSERT_TRUE(submit("b", "green"));
  finish(0);
  EXPECT_TRUE(environments_[0]->is_retiring);
  EXPECT_EQ(environments_[0]->ran, (Names{"a"}));
  stop(0);
  EXPECT_EQ(environments_[0]->ran, (Names{"a", "b"}));
}

TEST_F(PoolTest, KeepsWhoHasNoTenantApartToo) {
  make(1);
  ASSERT_TRUE(submit("a"));
  finish(0);
  ASSERT_TRUE(submit("b", "green"));
  EXPECT_TRUE(environments_[0]->is_retiring);
}

TEST_F(PoolTest, LetsTenantsShareIfItIsToldTo) {
  make(1, false);
  ASSERT_TRUE(submit("a", "blue"));
  finish(0);
  ASSERT_TRUE(submit("b", "green"));
  EXPECT_EQ(environments_[0]->running, "b");
}

TEST_F(PoolTest, OpensAnEnvironmentForAnotherTenantBeforeItEndsOne) {
  make(2);
  ASSERT_TRUE(submit("a", "blue"));
  finish(0);
  ASSERT_TRUE(submit("b", "green"));
  EXPECT_FALSE(environments_[0]->is_retiring);
  EXPECT_EQ(environments_[1]->running, "b");
}

TEST_F(PoolTest, EndsTheOneThatWasNotUsedForLongest) {
  make(2);
  ASSERT_TRUE(submit("a", "blue"));
  ASSERT_TRUE(submit("b", "green"));
  finish(0);
  finish(1);
  ASSERT_TRUE(submit("c", "blue"));
  finish(0);
  ASSERT_TRUE(submit("d", "red"));
  EXPECT_FALSE(environments_[0]->is_retiring);
  EXPECT_TRUE(environments_[1]->is_retiring);
}

TEST_F(PoolTest, EndsNoMoreThanWait) {
  make(3);
  for (const char* id : {"a", "b", "c"}) ASSERT_TRUE(submit(id, id));
  for (std::size_t i = 0; i < 3; ++i) finish(i);
  ASSERT_TRUE(submit("d", "red"));
  settle();
  int retiring = 0;
  for (const auto& each : environments_) retiring += each->is_retiring ? 1 : 0;
  EXPECT_EQ(retiring, 1);
}

TEST_F(PoolTest, LetsNobodyWaitForAnotherTenantsRoom) {
  make(2);
  ASSERT_TRUE(submit("a", "blue"));
  ASSERT_TRUE(submit("b", "green"));
  ASSERT_TRUE(submit("c", "red"));
  ASSERT_TRUE(submit("d", "green"));
  finish(0);  // to be ended for red
  EXPECT_TRUE(environments_[0]->is_retiring);
  finish(1);
  EXPECT_EQ(environments_[1]->running, "d");
  stop(0);
  EXPECT_EQ(environments_[0]->running, "c");
}

TEST_F(PoolTest, ForgetsTheTenantOfAnEnvironmentThatHasNoProcesses) {
  make(1);
  ASSERT_TRUE(submit("a", "blue"));
  stop(0);
  ASSERT_TRUE(submit("b", "green"));
  EXPECT_EQ(environments_[0]->running, "b");
}

TEST_F(PoolTest, RunsTheBackgroundWhenNobodyWaitsOrAfterEightCallers) {
  make(1);
  ASSERT_TRUE(submit("first"));
  submit_to_background("event");
  for (int i = 0; i < 12; ++i) {
    ASSERT_TRUE(submit("caller"));
    finish(0);
  }
  const auto& ran = environments_[0]->ran;
  ASSERT_EQ(ran.size(), 13U);
  EXPECT_EQ(std::ranges::find(ran, "event") - ran.begin(), 9);
}

TEST_F(PoolTest, StartsNothingAfterItsEnd) {
  make(2);
  ASSERT_TRUE(submit("a"));
  pool_->shut_down([] {});
  finish(0);
  EXPECT_TRUE(submit("b"));
  submit_to_background("c");
  EXPECT_EQ(environments_.size(), 1U);
  EXPECT_EQ(environments_[0]->ran, (Names{"a"}));
}

TEST_F(PoolTest, IsShutDownWhenEveryEnvironmentIs) {
  make(2);
  ASSERT_TRUE(submit("a"));
  ASSERT_TRUE(submit("b"));
  bool is_done = false;
  pool_->shut_down([&] { is_done = true; });
  environments_[0]->on_shut_down();
  EXPECT_FALSE(is_done);
  environments_[1]->on_shut_down();
  EXPECT_TRUE(is_done);
}

}  // namespace
}  // namespace thimble::emulator
