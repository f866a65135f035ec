#include "thimble/base/event_loop.h"

#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace thimble {
namespace {

std::uint32_t epoll_bits(Readiness interest) {
  return (interest.readable ? EPOLLIN : 0U) | (interest.writable ? EPOLLOUT : 0U);
}

}  // namespace

Result<void> FdWatch::start(int fd, Readiness interest) {
  stop();
  epoll_event event{};
  event.events = epoll_bits(interest);
  event.data.ptr = this;
  if (::epoll_ctl(loop_.epoll_.number(), EPOLL_CTL_ADD, fd, &event) != 0)
    return fail(system_error("epoll_ctl"));
  fd_ = fd;
  events_ = event.events;
  return {};
}

void FdWatch::ask(Readiness interest) {
  if (fd_ < 0 || events_ == epoll_bits(interest)) return;
  epoll_event event{};
  event.events = events_ = epoll_bits(interest);
  event.data.ptr = this;
  ::epoll_ctl(loop_.epoll_.number(), EPOLL_CTL_MOD, fd_, &event);
}

void FdWatch::stop() {
  if (fd_ < 0) return;
  ::epoll_ctl(loop_.epoll_.number(), EPOLL_CTL_DEL, fd_, nullptr);
  fd_ = -1;
  for (int i = 0; i < loop_.batch_size_; ++i) {
    if (loop_.batch_[static_cast<std::size_t>(i)].data.ptr == this) {
      loop_.batch_[static_cast<std::size_t>(i)].data.ptr = nullptr;
    }
  }
}

Timer::~Timer() {
  loop_.unqueue(*this);
}

void Timer::start_at(SteadyTime due) {
  due_ = due;
  if (position_ == kNotQueued || due < queued_for_) loop_.queue(*this, due);
}

void Timer::start_after(Nanoseconds delay) {
  start_at(loop_.clock().now() + delay);
}

void Deferred::schedule() {
  if (is_scheduled_) return;
  is_scheduled_ = true;
  loop_.deferred_.push_back(this);
}

void Deferred::cancel() {
  if (!is_scheduled_) return;
  is_scheduled_ = false;
  std::ranges::replace(loop_.deferred_, this, nullptr);
}

Result<std::unique_ptr<EventLoop>> EventLoop::create(const Clock& clock) {
  Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.is_open()) return fail(system_error("epoll_create1"));
  return std::unique_ptr<EventLoop>(new EventLoop(std::move(epoll), clock));
}

EventLoop::EventLoop(Fd epoll, const Clock& clock)
    : clock_(clock), epoll_(std::move(epoll)), batch_(std::make_unique<epoll_event[]>(kBatch)) {}

EventLoop::~EventLoop() = default;

void EventLoop::run() {
  stopped_ = false;
  while (!stopped_) {
    run_deferred();
    if (stopped_) return;
    wait(milliseconds_to_wait());
    run_timers();
  }
}

void EventLoop::run_once(Milliseconds longest) {
  run_deferred();
  const int own = milliseconds_to_wait();
  const int longest_ms = static_cast<int>(longest.count());
  wait(own < 0 ? longest_ms : std::min(own, longest_ms));
  run_timers();
  run_deferred();
}

void EventLoop::wait(int timeout_ms) {
  const int ready = ::epoll_wait(epoll_.number(), batch_.get(), kBatch, timeout_ms);
  batch_size_ = std::max(ready, 0);
  for (int i = 0; i < batch_size_; ++i) {
    const epoll_event& event = batch_[static_cast<std::size_t>(i)];
    // A callback earlier in this batch may have stopped this watch.
    if (event.data.ptr == nullptr) continue;
    auto* watch = static_cast<FdWatch*>(event.data.ptr);
    watch->callback_({.readable = (event.events & (EPOLLIN | EPOLLRDHUP)) != 0,
                      .writable = (event.events & EPOLLOUT) != 0,
                      .failed = (event.events & (EPOLLERR | EPOLLHUP)) != 0});
  }
  batch_size_ = 0;
}

void EventLoop::run_deferred() {
  // What is scheduled meanwhile runs too, after what was there before.
  for (std::size_t i = 0; i < deferred_.size(); ++i) {
    Deferred* deferred = deferred_[i];
    if (deferred == nullptr) continue;  // cancelled
    deferred->is_scheduled_ = false;
    deferred_[i] = nullptr;
    deferred->callback_();  // may destroy it
  }
  deferred_.clear();
}

int EventLoop::milliseconds_to_wait() const {
  if (heap_.empty()) return -1;
  const auto left =
      std::chrono::ceil<Milliseconds>(heap_.front()->queued_for_ - clock_.now()).count();
  return static_cast<int>(std::clamp<Milliseconds::rep>(left, 0, INT_MAX));
}

void EventLoop::run_timers() {
  if (heap_.empty()) return;
  const SteadyTime now = clock_.now();
  while (!heap_.empty() && heap_.front()->queued_for_ <= now) {
    Timer& timer = *heap_.front();
    unqueue(timer);
    if (timer.due_ == SteadyTime::max()) continue;
    if (timer.due_ > now) {
      queue(timer, timer.due_);
      continue;
    }
    timer.due_ = SteadyTime::max();
    timer.callback_();  // may destroy the timer
  }
}

void EventLoop::queue(Timer& timer, SteadyTime due) {
  timer.queued_for_ = due;
  if (timer.position_ == Timer::kNotQueued) {
    heap_.push_back(&timer);
    timer.position_ = heap_.size() - 1;
  }
  sift_up(timer.position_);
}

void EventLoop::unqueue(Timer& timer) {
  if (timer.position_ == Timer::kNotQueued) return;
  const std::size_t hole = timer.position_;
  timer.position_ = Timer::kNotQueued;
  Timer* last = heap_.back();
  heap_.pop_back();
  if (last == &timer) return;
  place(hole, last);
  sift_up(hole);
  sift_down(last->position_);
}

void EventLoop::place(std::size_t position, Timer* timer) {
  heap_[position] = timer;
  timer->position_ = position;
}

void EventLoop::sift_up(std::size_t position) {
  Timer* timer = heap_[position];
  while (position > 0) {
    const std::size_t parent = (position - 1) / 2;
    if (heap_[parent]->queued_for_ <= timer->queued_for_) break;
    place(position, heap_[parent]);
    position = parent;
  }
  place(position, timer);
}

void EventLoop::sift_down(std::size_t position) {
  Timer* timer = heap_[position];
  for (;;) {
    std::size_t child = 2 * position + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1]->queued_for_ < heap_[child]->queued_for_)
      ++child;
    if (timer->queued_for_ <= heap_[child]->queued_for_) break;
    place(position, heap_[child]);
    position = child;
  }
  place(position, timer);
}

}  // namespace thimble
