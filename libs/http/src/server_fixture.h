#pragma once
// For tests: a server on loopback, clients that speak to it, and one loop that both take turns on.

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "thimble/base/event_loop.h"
#include "thimble/base/fd.h"
#include "thimble/base/manual_clock.h"
#include "thimble/http/server.h"

namespace thimble::http {

// Answers 200 with "METHOD TARGET BODY" at once, or keeps the exchanges for the test to answer.
class TestHandler final : public Handler {
 public:
  std::size_t limit = 1000;
  bool keeps = false;
  std::function<void(Exchange&)> answers;  // instead of the default
  std::vector<Exchange*> kept;
  std::vector<std::string> seen;  // "METHOD TARGET"
  std::vector<std::string> gone;  // in the order they went

 private:
  std::size_t body_limit(const Request&) override { return limit; }
  void on_request(Exchange& exchange) override;
};

// A client's end of one connection. It never blocks.
class TestClient final {
 public:
  explicit TestClient(int port, int receive_buffer = 0);

  // As much as fits; returns what did not.
  std::string_view send_some(std::string_view bytes);
  // All of it, which must fit.
  void send(std::string_view bytes) { EXPECT_EQ(send_some(bytes), ""); }
  // No more will be sent.
  void shut_down();
  void close() { socket_.reset(); }
  // Closes so that the other end sees a reset.
  void reset();

  // Takes what has come by now; `received` grows. At most `most` bytes.
  void receive(std::size_t most = static_cast<std::size_t>(-1));
  [[nodiscard]] bool has_ended() const { return has_ended_; }
  [[nodiscard]] int port() const;

  std::string received;

 private:
  Fd socket_;
  bool has_ended_ = false;
};

// The first answer in `bytes`, if all of it is there.
struct Answer {
  std::string head;
  std::string body;
  std::size_t size = 0;  // of both
};
[[nodiscard]] std::optional<Answer> first_answer(std::string_view bytes, bool is_to_head = false);

class ServerTest : public testing::Test {
 protected:
  ServerTest();
  ~ServerTest() override;

  void listen(const Limits& limits = {});
  [[nodiscard]] TestClient connect(int receive_buffer = 0) const;

  // Runs the loop until `condition` holds. A test that takes longer than the deadline has failed.
  [[nodiscard]] bool eventually(const std::function<bool()>& condition);
  // Runs the loop until everything that has arrived by now is dealt with.
  void settle();
  void pass(Nanoseconds by) {
    clock_.advance(by);
    settle();
  }

  // The next answer, taken off what `client` has received; empty after a deadline.
  [[nodiscard]] Answer answer(TestClient& client, bool is_to_head = false);
  [[nodiscard]] bool ends(TestClient& client);

  ManualClock clock_;
  std::unique_ptr<EventLoop> loop_;
  BufferPool buffers_;
  TestHandler handler_;
  std::unique_ptr<Server> server_;
};

}  // namespace thimble::http
