#pragma once
// The one thread's heart: waits for descriptors and timers, calls who asked.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "thimble/base/clock.h"
#include "thimble/base/fd.h"
#include "thimble/base/result.h"

struct epoll_event;

namespace thimble {

class EventLoop;

// What happened to a descriptor, and what one may ask to be told.
struct Readiness {
  bool readable = false;
  bool writable = false;
  bool failed = false;  // error or hang-up in both directions; always told
};

// Watches one descriptor, which it does not own, from start() until stop() or its destruction.
// After that the callback is not called, not even for what was already reported. Level-triggered:
// it calls again while there is something left.
class FdWatch final {
 public:
  using Callback = std::function<void(Readiness)>;

  FdWatch(EventLoop& loop, Callback callback) : loop_(loop), callback_(std::move(callback)) {}
  FdWatch(const FdWatch&) = delete;
  FdWatch& operator=(const FdWatch&) = delete;
  ~FdWatch() { stop(); }

  // Fails for descriptors that are always ready, such as regular files.
  [[nodiscard]] Result<void> start(int fd, Readiness interest);
  // Changes what is asked; costs a system call only if it differs.
  void ask(Readiness interest);
  void stop();

 private:
  friend class EventLoop;
  EventLoop& loop_;
  Callback callback_;
  int fd_ = -1;
  std::uint32_t events_ = 0;
};

// Calls once at a time. Starting it again later, or cancelling it, only changes a number: the loop
// looks again when the old time comes.
class Timer final {
 public:
  using Callback = std::function<void()>;

  Timer(EventLoop& loop, Callback callback) : loop_(loop), callback_(std::move(callback)) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer();

  void start_at(SteadyTime due);
  void start_after(Nanoseconds delay);
  void cancel() { due_ = SteadyTime::max(); }
  [[nodiscard]] bool is_running() const { return due_ != SteadyTime::max(); }

 private:
  friend class EventLoop;
  static constexpr std::size_t kNotQueued = static_cast<std::size_t>(-1);
  EventLoop& loop_;
  Callback callback_;
  SteadyTime due_ = SteadyTime::max();  // when to call
  SteadyTime queued_for_;               // when the loop looks, never later than due_
  std::size_t position_ = kNotQueued;   // in the loop's heap
};

// Calls once, after everything that is ready now and before the loop's next wait, for each time it
// was scheduled.
class Deferred final {
 public:
  using Callback = std::function<void()>;

  Deferred(EventLoop& loop, Callback callback) : loop_(loop), callback_(std::move(callback)) {}
  Deferred(const Deferred&) = delete;
  Deferred& operator=(const Deferred&) = delete;
  ~Deferred() { cancel(); }

  // Scheduling it again before it has been called changes nothing.
  void schedule();
  void cancel();

 private:
  friend class EventLoop;
  EventLoop& loop_;
  Callback callback_;
  bool is_scheduled_ = false;
};

// Waits with epoll and calls watches, timers and deferred functions, all on the thread that runs
// it.
class EventLoop final {
 public:
  [[nodiscard]] static Result<std::unique_ptr<EventLoop>> create(const Clock& clock);
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  ~EventLoop();

  // Returns after stop().
  void run();
  // Waits once, at most `longest`, and handles what there is. For tests.
  void run_once(Milliseconds longest);
  void stop() { stopped_ = true; }

  [[nodiscard]] const Clock& clock() const { return clock_; }

 private:
  friend class FdWatch;
  friend class Timer;
  friend class Deferred;
  EventLoop(Fd epoll, const Clock& clock);
  void wait(int timeout_ms);
  void run_timers();
  void run_deferred();
  [[nodiscard]] int milliseconds_to_wait() const;
  void queue(Timer& timer, SteadyTime due);
  void unqueue(Timer& timer);
  void place(std::size_t position, Timer* timer);
  void sift_up(std::size_t position);
  void sift_down(std::size_t position);

  static constexpr int kBatch = 64;
  const Clock& clock_;
  Fd epoll_;
  std::unique_ptr<epoll_event[]> batch_;
  int batch_size_ = 0;
  std::vector<Timer*> heap_;
  std::vector<Deferred*> deferred_;
  bool stopped_ = false;
};

}  // namespace thimble
