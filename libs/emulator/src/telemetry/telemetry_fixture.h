#pragma once
// For tests: an extension's listener on loopback, and one loop that it and the emulator take turns
// on.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "thimble/base/event_loop.h"
#include "thimble/base/fd.h"
#include "thimble/base/manual_clock.h"

namespace thimble::emulator {

// Accepts connections, takes HTTP requests apart by their Content-Length and answers each. Or, with
// is_http = false, only collects bytes.
class Receiver final {
 public:
  // Port 0: the system chooses.
  explicit Receiver(EventLoop& loop, std::uint16_t port = 0);
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  void close_connections() { connections_.clear(); }
  // Stops reading: what is sent stays in the socket, and its sender waits.
  void stop_reading();

  bool is_http = true;
  std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
  bool closes = false;              // after each answer
  std::size_t accepted = 0;         // connections so far
  std::vector<std::string> heads;   // of the requests
  std::vector<std::string> bodies;  // of the requests
  std::string received;             // without HTTP

 private:
  struct Connection {
    Fd socket;
    std::unique_ptr<FdWatch> watch;
    std::string bytes;
  };

  void on_connection();
  void on_bytes(Connection& connection);
  // Takes the first request off; false if it is not all there.
  [[nodiscard]] bool take_request(Connection& connection);

  EventLoop& loop_;
  Fd listener_;
  FdWatch watch_;
  std::uint16_t port_ = 0;
  std::vector<std::unique_ptr<Connection>> connections_;
};

// A port that nobody listens on.
[[nodiscard]] std::uint16_t closed_port();

class TelemetryTest : public testing::Test {
 protected:
  TelemetryTest();

  // Runs the loop until `condition` holds. A test that takes longer than the deadline has failed.
  [[nodiscard]] bool eventually(const std::function<bool()>& condition);
  // Runs the loop until everything that is on its way by now is dealt with.
  void settle();
  void pass(Nanoseconds by) {
    clock_.advance(by);
    settle();
  }

  ManualClock clock_;
  std::unique_ptr<EventLoop> loop_;
};

}  // namespace thimble::emulator
