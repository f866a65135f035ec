#include "thimble/base/event_loop.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "thimble/base/manual_clock.h"

namespace thimble {
namespace {

constexpr Milliseconds kNow{0};
constexpr Milliseconds kDeadline{60'000};

struct Pipe {
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return;
    in = Fd(ends[0]);
    out = Fd(ends[1]);
  }
  void write(char byte = 'x') const { EXPECT_EQ(::write(out.number(), &byte, 1), 1); }
  void read() const {
    char byte = 0;
    EXPECT_EQ(::read(in.number(), &byte, 1), 1);
  }
  Fd in;
  Fd out;
};

// A loop whose time stands still. What happened is a string, in order.
class EventLoopTest : public testing::Test {
 protected:
  EventLoopTest() : loop_owner_(EventLoop::create(clock_).value()), loop_(*loop_owner_) {}

  std::function<void()> note(std::string text) {
    return [this, text = std::move(text)] { happened_ += text; };
  }
  // Goes on by `by` and runs what is due.
  void pass(Nanoseconds by) {
    clock_.advance(by);
    loop_.run_once(kNow);
  }

  ManualClock clock_;
  std::unique_ptr<EventLoop> loop_owner_;
  EventLoop& loop_;
  std::string happened_;
};

using TimerTest = EventLoopTest;
using DeferredTest = EventLoopTest;
using FdWatchTest = EventLoopTest;

// --- Timers

TEST_F(TimerTest, CallsOnceWhenItsTimeHasCome) {
  Timer timer(loop_, note("a"));
  EXPECT_FALSE(timer.is_running());
  timer.start_after(Milliseconds(10));
  EXPECT_TRUE(timer.is_running());
  pass(Milliseconds(9));
  EXPECT_EQ(happened_, "");
  pass(Milliseconds(1));
  EXPECT_EQ(happened_, "a");
  EXPECT_FALSE(timer.is_running());
  pass(Seconds(100));
  EXPECT_EQ(happened_, "a");
}

TEST_F(TimerTest, CallsInTheOrderOfTheirTimes) {
  Timer third(loop_, note("3"));
  Timer first(loop_, note("1"));
  Timer second(loop_, note("2"));
  third.start_after(Milliseconds(30));
  first.start_after(Milliseconds(10));
  second.start_after(Milliseconds(20));
  pass(Seconds(1));
  EXPECT_EQ(happened_, "123");
}

TEST_F(TimerTest, CanBePutOffWhileItRuns) {
  Timer timer(loop_, note("a"));
  timer.start_after(Milliseconds(10));
  timer.start_after(Milliseconds(30));
  pass(Milliseconds(10));
  EXPECT_EQ(happened_, "") << "the old time means nothing";
  pass(Milliseconds(19));
  EXPECT_EQ(happened_, "");
  pass(Milliseconds(1));
  EXPECT_EQ(happened_, "a");
}

TEST_F(TimerTest, CanBeBroughtForwardWhileItRuns) {
  Timer other(loop_, note("b"));
  Timer timer(loop_, note("a"));
  other.start_after(Milliseconds(20));
  timer.start_after(Milliseconds(30));
  timer.start_after(Milliseconds(10));
  pass(Milliseconds(10));
  EXPECT_EQ(happened_, "a");
  pass(Milliseconds(10));
  EXPECT_EQ(happened_, "ab");
  pass(Milliseconds(10));
  EXPECT_EQ(happened_, "ab") << "the old time means nothing";
}

TEST_F(TimerTest, DoesNotCallAfterItWasCancelled) {
  Timer timer(loop_, note("a"));
  timer.start_after(Milliseconds(10));
  timer.cancel();
  EXPECT_FALSE(timer.is_running());
  pass(Milliseconds(20));
  EXPECT_EQ(happened_, "");

  timer.start_after(Milliseconds(10));
  timer.cancel();
  timer.start_after(Milliseconds(20));
  pass(Milliseconds(10));
  EXPECT_EQ(happened_, "");
  pass(Milliseconds(10));
  EXPECT_EQ(happened_, "a") << "it was started again";
}

TEST_F(TimerTest, CanBeStartedAgainFromItsOwnCall) {
  std::unique_ptr<Timer> timer;
  int calls = 0;
  timer = std::make_unique<Timer>(loop_, [&] {
    if (++calls < 3) timer->start_after(Milliseconds(10));
  });
  timer->start_after(Milliseconds(10));
  for (int i = 0; i < 10; ++i) pass(Milliseconds(10));
  EXPECT_EQ(calls, 3);
}

TEST_F(TimerTest, CanDestroyItselfAndOthersFromItsCall) {
  auto self = std::make_unique<Timer>(loop_, [] {});
  auto other = std::make_unique<Timer>(loop_, note("never"));
  Timer last(loop_, note("last"));
  self = std::make_unique<Timer>(loop_, [this, &self, &other] {
    other.reset();
    happened_ += "destroyed ";
    self.reset();
  });
  self->start_after(Milliseconds(10));
  other->start_after(Milliseconds(10));
  last.start_after(Milliseconds(11));
  pass(Milliseconds(20));
  EXPECT_EQ(happened_, "destroyed last");
}

TEST_F(TimerTest, CanCancelAnotherThatIsDueAtTheSameTime) {
  Timer victim(loop_, note("victim"));
  Timer first(loop_, [&victim] { victim.cancel(); });
  first.start_after(Milliseconds(1));
  victim.start_after(Milliseconds(2));
  pass(Milliseconds(10));
  EXPECT_EQ(happened_, "");
}

TEST_F(TimerTest, CallsManyInOrderHoweverTheyWereChanged) {
  std::mt19937 random(7);  // NOLINT: the same numbers every time
  constexpr std::size_t kCount = 200;
  std::vector<std::unique_ptr<Timer>> timers;
  timers.reserve(kCount);
  std::vector<SteadyTime> due(kCount, SteadyTime::max());
  std::vector<SteadyTime> called;
  std::vector<std::size_t> who;
  for (std::size_t i = 0; i < kCount; ++i) {
    timers.push_back(std::make_unique<Timer>(loop_, [&, i] {
      called.push_back(due[i]);
      who.push_back(i);
    }));
  }
  for (int change = 0; change < 5000; ++change) {
    const std::size_t i = random() % kCount;
    if (random() % 4 == 0) {
      timers[i]->cancel();
      due[i] = SteadyTime::max();
    } else {
      due[i] = clock_.now() + Milliseconds(random() % 1000);
      timers[i]->start_at(due[i]);
    }
  }
  const auto expected = std::ranges::count_if(due, [](auto t) { return t != SteadyTime::max(); });
  // In small steps, so that those that were put off are looked at and put back.
  for (int i = 0; i < 1100; ++i) pass(Milliseconds(1));
  EXPECT_EQ(static_cast<std::ptrdiff_t>(called.size()), expected);
  EXPECT_TRUE(std::ranges::is_sorted(called));
  std::ranges::sort(who);
  EXPECT_EQ(std::ranges::adjacent_find(who), who.end()) << "none was called twice";
}

TEST(EventLoop, WaitsForATimerNoShorterThanItAsked) {
  const SystemClock clock;
  const auto loop = EventLoop::create(clock).value();
  Timer timer(*loop, [&loop] { loop->stop(); });
  const SteadyTime start = clock.now();
  timer.start_after(Milliseconds(5));
  loop->run();
  EXPECT_GE(clock.now() - start, Milliseconds(5));
}

// --- Deferred calls

TEST_F(DeferredTest, CallsOnceForEachTimeItWasScheduled) {
  Deferred deferred(loop_, note("a"));
  deferred.schedule();
  deferred.schedule();
  EXPECT_EQ(happened_, "") << "not from inside of schedule()";
  loop_.run_once(kNow);
  EXPECT_EQ(happened_, "a");
  loop_.run_once(kNow);
  EXPECT_EQ(happened_, "a");
  deferred.schedule();
  loop_.run_once(kNow);
  EXPECT_EQ(happened_, "aa");
}

TEST_F(DeferredTest, CallsInTheOrderOfScheduling) {
  Deferred a(loop_, note("a"));
  Deferred b(loop_, note("b"));
  Deferred c(loop_, note("c"));
  c.schedule();
  a.schedule();
  b.schedule();
  a.schedule();
  loop_.run_once(kNow);
  EXPECT_EQ(happened_, "cab");
}

TEST_F(DeferredTest, IsNotCalledAfterCancelOrDestruction) {
  Deferred cancelled(loop_, note("cancelled"));
  auto destroyed = std::make_unique<Deferred>(loop_, note("destroyed"));
  Deferred kept(loop_, note("kept"));
  cancelled.schedule();
  destroyed->schedule();
  kept.schedule();
  cancelled.cancel();
  destroyed.reset();
  loop_.run_once(kNow);
  EXPECT_EQ(happened_, "kept");

  cancelled.schedule();
  loop_.run_once(kNow);
  EXPECT_EQ(happened_, "keptcancelled") << "it can be scheduled again";
}

TEST_F(DeferredTest, RunsWhatIsScheduledMeanwhileBeforeTheNextWait) {
  Deferred second(loop_, note("2"));
  Deferred first(loop_, [this, &second] {
    happened_ += "1";
    second.schedule();
  });
  first.schedule();
  // Were it to wait first, it would wait for as long as it may.
  const SystemClock real;
  const SteadyTime start = real.now();
  Pipe pipe;
  FdWatch watch(loop_, [&pipe, this](Readiness) {
    pipe.read();
    happened_ += "fd";
  });
  ASSERT_TRUE(watch.start(pipe.in.number(), {.readable = true}));
  pipe.write();
  loop_.run_once(kDeadline);
  EXPECT_EQ(happened_, "12fd");
  EXPECT_LT(real.now() - start, kDeadline);
}

TEST_F(DeferredTest, CanDestroyItselfAndCancelOthersFromItsCall) {
  Deferred victim(loop_, note("victim"));
  auto self = std::make_unique<Deferred>(loop_, [] {});
  self = std::make_unique<Deferred>(loop_, [this, &victim, &self] {
    victim.cancel();
    happened_ += "self";
    self.reset();
  });
  self->schedule();
  victim.schedule();
  loop_.run_once(kNow);
  EXPECT_EQ(happened_, "self");
}

TEST_F(DeferredTest, ComesAfterDescriptorsAndTimersOfTheSameTurn) {
  Pipe pipe;
  pipe.write();
  Deferred deferred(loop_, note("deferred"));
  Timer timer(loop_, [this, &deferred] {
    happened_ += "timer ";
    deferred.schedule();
  });
  FdWatch watch(loop_, [this, &pipe, &deferred](Readiness) {
    pipe.read();
    happened_ += "fd ";
    deferred.schedule();
  });
  ASSERT_TRUE(watch.start(pipe.in.number(), {.readable = true}));
  timer.start_after(Milliseconds(1));
  pass(Milliseconds(1));
  EXPECT_EQ(happened_, "fd timer deferred");
}

// --- Descriptors

TEST_F(FdWatchTest, CallsAsLongAsSomethingIsLeft) {
  Pipe pipe;
  int calls = 0;
  FdWatch watch(loop_, [&](Readiness ready) {
    EXPECT_TRUE(ready.readable);
    EXPECT_FALSE(ready.writable);
    EXPECT_FALSE(ready.failed);
    ++calls;
  });
  ASSERT_TRUE(watch.start(pipe.in.number(), {.readable = true}));
  loop_.run_once(kNow);
  EXPECT_EQ(calls, 0);
  pipe.write();
  loop_.run_once(kDeadline);
  loop_.run_once(kDeadline);
  EXPECT_EQ(calls, 2);
  pipe.read();
  loop_.run_once(kNow);
  EXPECT_EQ(calls, 2);
}

TEST_F(FdWatchTest, TellsOnlyWhatWasAsked) {
  Pipe pipe;
  int calls = 0;
  FdWatch watch(loop_, [&](Readiness ready) {
    EXPECT_TRUE(ready.writable);
    ++calls;
  });
  ASSERT_TRUE(watch.start(pipe.out.number(), {.writable = true}));
  loop_.run_once(kDeadline);
  EXPECT_EQ(calls, 1);
  watch.ask({});
  loop_.run_once(kNow);
  EXPECT_EQ(calls, 1);
  watch.ask({.writable = true});
  loop_.run_once(kDeadline);
  EXPECT_EQ(calls, 2);
}

TEST_F(FdWatchTest, TellsOfFailureUnasked) {
  Pipe pipe;
  bool has_failed = false;
  FdWatch watch(loop_, [&](Readiness ready) { has_failed = ready.failed; });
  ASSERT_TRUE(watch.start(pipe.out.number(), {}));
  pipe.in.reset();
  loop_.run_once(kDeadline);
  EXPECT_TRUE(has_failed);
}

TEST_F(FdWatchTest, IsSilentAfterStopAndCanStartAgainElsewhere) {
  Pipe one;
  Pipe two;
  one.write();
  two.write();
  FdWatch watch(loop_, [this](Readiness) { happened_ += "x"; });
  ASSERT_TRUE(watch.start(one.in.number(), {.readable = true}));
  watch.stop();
  watch.stop();
  watch.ask({.readable = true});
  loop_.run_once(kNow);
  EXPECT_EQ(happened_, "");
  ASSERT_TRUE(watch.start(one.in.number(), {.readable = true}));
  ASSERT_TRUE(watch.start(two.in.number(), {.readable = true}));
  loop_.run_once(kDeadline);
  EXPECT_EQ(happened_, "x") << "only the second descriptor is watched";
}

// Both are in the batch that the kernel reported; whichever comes first silences the other.
TEST_F(FdWatchTest, IsNotCalledForWhatWasReportedBeforeItWasStopped) {
  for (const bool destroys : {false, true}) {
    Pipe pipes[2];
    std::unique_ptr<FdWatch> watches[2];
    int calls = 0;
    for (std::size_t i = 0; i < 2; ++i) {
      watches[i] = std::make_unique<FdWatch>(loop_, [&, i](Readiness) {
        ++calls;
        if (destroys) {
          watches[1 - i].reset();
        } else {
          watches[1 - i]->stop();
        }
      });
      ASSERT_TRUE(watches[i]->start(pipes[i].in.number(), {.readable = true}));
      pipes[i].write();
    }
    loop_.run_once(kDeadline);
    EXPECT_EQ(calls, 1);
  }
}

TEST_F(FdWatchTest, CanDestroyItselfFromItsCall) {
  Pipe pipe;
  pipe.write();
  std::unique_ptr<FdWatch> watch;
  watch = std::make_unique<FdWatch>(loop_, [this, &watch](Readiness) {
    happened_ += "x";
    watch.reset();
  });
  ASSERT_TRUE(watch->start(pipe.in.number(), {.readable = true}));
  loop_.run_once(kDeadline);
  loop_.run_once(kNow);
  EXPECT_EQ(happened_, "x");
}

TEST_F(FdWatchTest, HandlesMoreDescriptorsThanFitIntoOneBatch) {
  constexpr std::size_t kCount = 150;
  std::vector<Pipe> pipes(kCount);
  std::vector<int> calls(kCount);
  std::vector<std::unique_ptr<FdWatch>> watches;
  for (std::size_t i = 0; i < kCount; ++i) {
    watches.push_back(std::make_unique<FdWatch>(loop_, [&, i](Readiness) {
      pipes[i].read();
      ++calls[i];
    }));
    ASSERT_TRUE(watches[i]->start(pipes[i].in.number(), {.readable = true}));
    pipes[i].write();
  }
  for (int i = 0; i < 4; ++i) loop_.run_once(kNow);
  EXPECT_EQ(calls, std::vector<int>(kCount, 1));
}

TEST_F(FdWatchTest, RefusesARegularFileWhichIsAlwaysReady) {
  const Fd file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(file.is_open());
  FdWatch watch(loop_, [this](Readiness) { happened_ += "x"; });
  EXPECT_FALSE(watch.start(file.number(), {.readable = true}));
  EXPECT_FALSE(watch.start(-1, {.readable = true}));
  watch.ask({.readable = true});
  loop_.run_once(kNow);
  EXPECT_EQ(happened_, "");
}

// --- The loop

TEST_F(EventLoopTest, ReturnsFromRunAfterStop) {
  Deferred deferred(loop_, [this] {
    happened_ += "x";
    loop_.stop();
  });
  deferred.schedule();
  loop_.run();
  EXPECT_EQ(happened_, "x");
  deferred.schedule();
  loop_.run();
  EXPECT_EQ(happened_, "xx") << "it can run again";
}

TEST_F(EventLoopTest, WaitsNoLongerThanAsked) {
  const SystemClock real;
  const SteadyTime start = real.now();
  loop_.run_once(Milliseconds(1));
  EXPECT_LT(real.now() - start, kDeadline);
}

// --- Fd

TEST(Fd, ClosesWhatItOwns) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  {
    const Fd first(ends[0]);
    Fd second(ends[1]);
    Fd moved(std::move(second));
    EXPECT_EQ(moved.number(), ends[1]);
    EXPECT_FALSE(second.is_open());  // NOLINT: it says so
    EXPECT_EQ(::fcntl(ends[1], F_GETFD), FD_CLOEXEC);
  }
  EXPECT_EQ(::fcntl(ends[0], F_GETFD), -1);
  EXPECT_EQ(::fcntl(ends[1], F_GETFD), -1);
}

TEST(Fd, GivesAwayAndReplaces) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  Fd fd(ends[0]);
  fd = Fd(ends[1]);
  EXPECT_EQ(::fcntl(ends[0], F_GETFD), -1) << "closed by the assignment";
  const int given = fd.release();
  EXPECT_EQ(given, ends[1]);
  EXPECT_FALSE(fd.is_open());
  EXPECT_EQ(::close(given), 0);
}

}  // namespace
}  // namespace thimble
