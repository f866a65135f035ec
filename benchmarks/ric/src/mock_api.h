#pragma once
// A Runtime API that answers at once: the other side of every runtime interface client measured
// here.

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "support.h"

namespace thimble::bench {

// JSON of exactly `size` bytes, at least 32, without white space: an object with one string when it
// is small, else a list of records of 100 bytes.
std::string make_event(std::size_t size);

// Hands out one prepared event again and again and compares what is posted with it. A few threads
// take connections and serve one each, blocking: two system calls per request. Clients take turns:
// begin_turn(), then hand_out() as often as wanted, then end_turn() once the client is dead.
class MockApi final {
 public:
  MockApi();
  ~MockApi();
  MockApi(const MockApi&) = delete;
  MockApi& operator=(const MockApi&) = delete;

  // HOST:PORT for AWS_LAMBDA_RUNTIME_API.
  [[nodiscard]] const std::string& address() const { return address_; }

  void begin_turn();
  void end_turn();

  // What comes of waiting: the client is parked in GET /next with all handed out events answered,
  // or it did something wrong, or nothing happened for `milliseconds`.
  enum class Wait { kParked, kWrong, kNothingYet };
  Wait wait_until_parked(int milliseconds);

  // Lets the client have `count` events, which stay the caller's until it is parked again.
  void hand_out(std::string_view event, std::uint64_t count);

  // When the turn's first GET /next arrived, CLOCK_MONOTONIC; 0 before.
  [[nodiscard]] std::int64_t first_next_ns();
  // From the first event of the last hand_out() to the client being parked again.
  [[nodiscard]] std::int64_t last_batch_ns();
  // What the client did wrong, for people.
  [[nodiscard]] std::string complaint();

 private:
  class Connection;

  void serve_connections();
  // Blocks until there is an event to hand out, and returns its number; 0 when the turn has ended.
  std::uint64_t take();
  bool answered(std::uint64_t number);
  void complain(std::string what);

  Fd listener_;
  std::string address_;
  std::vector<std::thread> threads_;

  std::mutex mutex_;
  std::condition_variable work_;    // there are events, or the turn has ended
  std::condition_variable parked_;  // somebody is parked, or has done wrong
  std::uint64_t turn_ = 0;
  bool stopping_ = false;
  std::string_view event_;
  std::uint64_t allowed_ = 0;
  std::uint64_t taken_ = 0;
  std::uint64_t answered_ = 0;
  bool waiting_ = false;  // a GET /next that found nothing
  std::int64_t first_next_ns_ = 0;
  std::int64_t batch_begun_ns_ = 0;
  std::int64_t parked_ns_ = 0;
  std::string complaint_;
};

}  // namespace thimble::bench
