#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "thimble/base/manual_clock.h"

#include "fake_exchange.h"
#include "pool/on_demand_environment.h"
#include "supervisor/children.h"

namespace thimble::emulator {
namespace {

constexpr Seconds kDeadline{20};
constexpr std::string_view kNext = "/2018-06-01/runtime/invocation/next";

// Notes what is published, a word for each event that matters here.
class Journal final : public EventSink {
 public:
  std::vector<std::string> words;
  std::vector<std::optional<Nanoseconds>> reported_inits;

  void on_event(const PlatformEvent& event) override {
    if (const auto* started = std::get_if<InitStarted>(&event)) {
      words.emplace_back(started->is_during_invoke ? "start in invoke" : "start in init");
    } else if (const auto* ended = std::get_if<InitEnded>(&event)) {
      words.emplace_back(ended->is_success ? "ready" : std::string(ended->error_type));
    } else if (const auto* failed = std::get_if<InitFailed>(&event)) {
      words.emplace_back(failed->reason);
    } else if (const auto* reported = std::get_if<InvokeReported>(&event)) {
      reported_inits.push_back(reported->init_duration);
    }
  }
};

// An environment whose runtime is a process that only exists: the test speaks in its place, and the
// clock goes when it is told to.
class OnDemandInitTest : public testing::Test,
                         public EnvironmentListener,
                         public RuntimeConnections,
                         public Caller {
 protected:
  OnDemandInitTest() : loop_(EventLoop::create(clock_).value()), children_(*loop_) {
    ::getrlimit(RLIMIT_NOFILE, &inherited_.open_files);
    ::sigemptyset(&inherited_.signal_mask);
    bus_.add(journal_);
    function_.timeout = Seconds(3);
    function_.memory_mb = "128";
    function_.extensions_folder = "/no/such/folder";
    function_.command = {.file = "/bin/sleep", .argv = {"sleep", "600"}, .working_directory = "/"};
  }

  // The next test finds no child of this one's.
  ~OnDemandInitTest() override {
    environment_.reset();
    while (::waitpid(-1, nullptr, 0) > 0) {
    }
  }

  OnDemandEnvironment& environment() {
    if (environment_ == nullptr) {
      environment_ =
          std::make_unique<OnDemandEnvironment>(EnvironmentContext{.loop = *loop_,
                                                                   .children = children_,
                                                                   .bus = bus_,
                                                                   .ids = ids_,
                                                                   .names = names_,
                                                                   .function = function_,
                                                                   .env = env_,
                                                                   .inherited = inherited_,
                                                                   .max_response_bytes = 1000,
                                                                   .stream_limits = {}},
                                                *this);
      environment_->set_runtime_api("127.0.0.1:9", *this);
    }
    return *environment_;
  }

  // Lets `by` go by and runs the loop until the environment has come to `state`.
  [[nodiscard]] bool reaches(EnvironmentState state, Nanoseconds by = Nanoseconds(0)) {
    clock_.advance(by);
    const auto end = std::chrono::steady_clock::now() + kDeadline;
    do {
      children_.collect();
      loop_->run_once(Milliseconds(5));
    } while (environment().state() != state && std::chrono::steady_clock::now() < end);
    return environment().state() == state;
  }

  void invoke() {
    auto invocation = std::make_unique<Invocation>();
    invocation->request_id = "id";
    invocation->payload = std::make_shared<Buffer>();
    invocation->caller = this;
    environment().invoke(std::move(invocation));
  }

  // The runtime asks for an invocation.
  FakeExchange& ask() {
    asked_ = std::make_unique<FakeExchange>("GET", kNext);
    environment().next(*asked_);
    return *asked_;
  }

  void respond() {
    FakeExchange posted("POST", "/2018-06-01/runtime/invocation/id/response");
    environment().response(posted, "id");
    EXPECT_EQ(posted.status, 202);
    ask();
  }

  ManualClock clock_;
  std::unique_ptr<EventLoop> loop_;
  Children children_;
  InheritedState inherited_;
  RandomIds ids_;
  RuntimeNames names_;
  Env env_;
  EventBus bus_;
  Journal journal_;
  Function function_;
  std::unique_ptr<FakeExchange> asked_;
  std::unique_ptr<OnDemandEnvironment> environment_;
  int freed_ = 0;
  std::vector<std::string> outcomes_;  // of invocations: error types

 private:
  void on_free() override { ++freed_; }
  void read_pending() override {}
  [[nodiscard]] bool any() const override { return false; }
  void close_connections() override {
    if (asked_ != nullptr) asked_->leave();
  }
  void on_outcome(Invocation&, Outcome outcome) override {
    outcomes_.push_back(outcome.error_type);
  }
};

using Words = std::vector<std::string>;
using enum EnvironmentState;

TEST_F(OnDemandInitTest, PreparesBeforeAnInvocationAndReportsTheInitWithTheFirst) {
  environment().prepare();
  EXPECT_EQ(environment().state(), kInitializing);
  clock_.advance(Milliseconds(1500));
  ask();
  EXPECT_EQ(environment().state(), kIdle);
  EXPECT_EQ(freed_, 1);
  EXPECT_EQ(journal_.words, (Words{"start in init", "ready"}));
  EXPECT_TRUE(reaches(kIdle, Seconds(60))) << "the limit was the init's";
  for (int i = 0; i < 2; ++i) {
    invoke();
    EXPECT_EQ(environment().state(), kBusy);
    respond();
  }
  ASSERT_EQ(journal_.reported_inits.size(), 2U);
  EXPECT_EQ(journal_.reported_inits[0], Milliseconds(1500));
  EXPECT_EQ(journal_.reported_inits[1], std::nullopt);
}

TEST_F(OnDemandInitTest, TakesAnInvocationWhileItIsPreparedWhoseTimeBeginsWithItsDelivery) {
  environment().prepare();
  EXPECT_TRUE(environment().is_free());
  invoke();
  EXPECT_FALSE(environment().is_free());
  EXPECT_TRUE(reaches(kInitializing, Seconds(9))) << "three times the invocation's timeout";
  const FakeExchange& next = ask();
  EXPECT_EQ(environment().state(), kBusy);
  EXPECT_EQ(next.header("Lambda-Runtime-Deadline-Ms"),
            std::to_string((Seconds(3600) + Seconds(9) + Seconds(3)).count() * 1000));
  EXPECT_TRUE(reaches(kBusy, Milliseconds(2900)));
  EXPECT_TRUE(reaches(kStopped, Milliseconds(100)));
  EXPECT_EQ(outcomes_, Words{"Sandbox.Timedout"});
}

TEST_F(OnDemandInitTest, StopsAnInitAfterTenSecondsAndStartsItAgainWithTheFirstInvocation) {
  environment().prepare();
  EXPECT_TRUE(reaches(kInitializing, Milliseconds(9999)));
  EXPECT_TRUE(reaches(kStopped, Milliseconds(1)));
  EXPECT_EQ(freed_, 1);
  EXPECT_EQ(journal_.words,
            (Words{"start in init", "Sandbox.Timedout", "Init timed out after 10.00 seconds"}));

  journal_.words.clear();
  invoke();
  EXPECT_EQ(environment().state(), kInitializing);
  EXPECT_TRUE(reaches(kInitializing, Milliseconds(2999)));
  EXPECT_TRUE(reaches(kStopped, Milliseconds(1))) << "now it is part of the invocation";
  EXPECT_EQ(journal_.words, (Words{"start in invoke", "Sandbox.Timedout"}));
  EXPECT_EQ(outcomes_, Words{"Sandbox.Timedout"});
}

TEST_F(OnDemandInitTest, KeepsTheInvocationThatWaitsForAnInitThatIsStopped) {
  environment().prepare();
  invoke();
  EXPECT_TRUE(reaches(kResetting, Seconds(10)));
  EXPECT_TRUE(reaches(kInitializing));
  EXPECT_TRUE(outcomes_.empty());
  ask();
  EXPECT_EQ(environment().state(), kBusy);
  respond();
  EXPECT_EQ(outcomes_, Words{""});
  EXPECT_EQ(journal_.words.back(), "ready");
}

TEST_F(OnDemandInitTest, GivesSnapStartMoreTime) {
  function_.is_snap_start = true;
  environment().prepare();
  EXPECT_TRUE(reaches(kInitializing, Milliseconds(129999)));
  EXPECT_TRUE(reaches(kStopped, Milliseconds(1)));
  EXPECT_EQ(journal_.words.back(), "Init timed out after 130.00 seconds");
}

TEST_F(OnDemandInitTest, GivesSnapStartTheFunctionsTimeoutIfThatIsLonger) {
  function_.is_snap_start = true;
  function_.timeout = Seconds(500);
  environment().prepare();
  EXPECT_TRUE(reaches(kInitializing, Milliseconds(499999)));
  EXPECT_TRUE(reaches(kStopped, Milliseconds(1)));
}

TEST_F(OnDemandInitTest, HasAllTheTimeThereIsWithoutATimeout) {
  function_.timeout = std::nullopt;
  environment().prepare();
  EXPECT_TRUE(reaches(kInitializing, std::chrono::hours(1)));
  ask();
  EXPECT_EQ(environment().state(), kIdle);
}

TEST_F(OnDemandInitTest, SurvivesARuntimeThatCannotBeStarted) {
  function_.command.file = "/no/such/file";
  environment().prepare();
  EXPECT_EQ(environment().state(), kStopped);
  EXPECT_TRUE(environment().is_free());
  EXPECT_EQ(freed_, 1);
  EXPECT_EQ(journal_.words.at(1), "Runtime.InvalidEntrypoint");
  invoke();
  EXPECT_EQ(journal_.words.at(3), "start in invoke");
  EXPECT_EQ(outcomes_, Words{"Runtime.InvalidEntrypoint"});
  EXPECT_EQ(environment().state(), kStopped);
}

TEST_F(OnDemandInitTest, IsShutDownWhileAnInvocationWaitsForTheInitToStartAgain) {
  environment().prepare();
  invoke();
  EXPECT_TRUE(reaches(kResetting, Seconds(10)));
  bool is_stopped = false;
  environment().shut_down([&] { is_stopped = true; });
  EXPECT_TRUE(reaches(kStopped));
  EXPECT_TRUE(is_stopped);
  EXPECT_EQ(outcomes_.size(), 1U);
  EXPECT_EQ(freed_, 0);
}

TEST_F(OnDemandInitTest, RepeatsAnInitOnceForTheSameInvocation) {
  function_.repeats_init = true;
  invoke();
  EXPECT_TRUE(reaches(kInitializing, Milliseconds(9999))) << "the invocation's timeout comes later";
  EXPECT_TRUE(reaches(kResetting, Milliseconds(1)));
  EXPECT_TRUE(reaches(kInitializing));
  EXPECT_TRUE(outcomes_.empty());
  EXPECT_TRUE(reaches(kInitializing, Milliseconds(2999)));
  EXPECT_TRUE(reaches(kStopped, Milliseconds(1)));
  EXPECT_EQ(outcomes_, Words{"Sandbox.Timedout"});
  EXPECT_EQ(journal_.words,
            (Words{"start in init", "Sandbox.Timedout", "Init timed out after 10.00 seconds",
                   "start in invoke", "Sandbox.Timedout"}));
}

TEST_F(OnDemandInitTest, RepeatsTheStartOfARuntimeThatCannotBeStarted) {
  function_.repeats_init = true;
  function_.command.file = "/no/such/file";
  invoke();
  EXPECT_EQ(outcomes_, Words{"Runtime.InvalidEntrypoint"});
  ASSERT_EQ(journal_.words.size(), 6U);
  EXPECT_EQ(journal_.words[0], "start in init");
  EXPECT_EQ(journal_.words[3], "start in invoke");
  EXPECT_EQ(freed_, 1);
}

TEST_F(OnDemandInitTest, DoesNotRepeatAnInitThatIsPartOfAnInvocation) {
  function_.repeats_init = true;
  function_.command.file = "/no/such/file";
  invoke();
  journal_.words.clear();
  invoke();
  EXPECT_EQ(outcomes_.size(), 2U);
  EXPECT_EQ(journal_.words.front(), "start in invoke");
  EXPECT_EQ(journal_.words.size(), 3U);
}

TEST_F(OnDemandInitTest, EndsWithItsInvocationIfItIsCold) {
  function_.is_cold = true;
  for (int i = 0; i < 2; ++i) {
    invoke();
    EXPECT_EQ(environment().state(), kInitializing);
    clock_.advance(Milliseconds(7));
    ask();
    respond();
    EXPECT_EQ(outcomes_.size(), static_cast<std::size_t>(i + 1)) << "answered at once";
    EXPECT_EQ(environment().state(), kResetting);
    EXPECT_EQ(freed_, i);
    EXPECT_TRUE(reaches(kStopped));
    EXPECT_EQ(freed_, i + 1);
    EXPECT_EQ(journal_.reported_inits.back(), Milliseconds(7));
  }
  EXPECT_EQ(journal_.words, (Words{"start in init", "ready", "start in init", "ready"}));
}

TEST_F(OnDemandInitTest, IsANewOneAfterAFailureIfItIsCold) {
  function_.is_cold = true;
  function_.repeats_init = true;
  function_.command.file = "/no/such/file";
  for (int i = 0; i < 2; ++i) {
    journal_.words.clear();
    invoke();
    ASSERT_EQ(journal_.words.size(), 6U);
    EXPECT_EQ(journal_.words[0], "start in init");
    EXPECT_EQ(journal_.words[3], "start in invoke");
  }
}

}  // namespace
}  // namespace thimble::emulator
