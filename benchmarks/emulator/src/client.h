#pragma once
// The caller: one keep-alive connection to an emulator's invoke port, one invocation at a time.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "message.h"
#include "support.h"

namespace thimble::bench {

struct Answer {
  int status;
  std::string_view body;     // valid until the next invocation
  std::int64_t sent_ns;      // just before the first byte was written
  std::int64_t received_ns;  // just after the last byte was read
  [[nodiscard]] std::int64_t latency_ns() const { return received_ns - sent_ns; }
};

// A connection to 127.0.0.1:`port` whose connect, reads and writes block for `seconds` at most; not
// open when refused.
Fd connect_loopback(std::uint16_t port, int seconds);

class Client final {
 public:
  // Connects to 127.0.0.1:`port`. Any read or write that blocks for longer than `seconds` counts as
  // no answer.
  static std::optional<Client> connect(std::uint16_t port, int seconds = 20);

  // Sends `payload` and reads the answer; none when the connection ended first or the time passed.
  // The connection is then of no more use.
  std::optional<Answer> invoke(std::string_view payload);

  // The two halves of invoke(), for who wants to do something in between.
  bool send(std::string_view payload);
  std::optional<Answer> receive();

  [[nodiscard]] int descriptor() const { return fd_.get(); }

 private:
  explicit Client(Fd fd) : fd_(std::move(fd)), reader_(std::make_unique<MessageReader>()) {}

  Fd fd_;
  std::unique_ptr<MessageReader> reader_;
  std::string head_;
  std::int64_t sent_ns_ = 0;
};

// What Client writes before a payload of `size` bytes.
std::string invoke_head(std::size_t size);

// JSON of exactly `size` bytes, at least 32.
std::string make_payload(std::size_t size);

// The payload that orders the runtime about (see board.h), 100 bytes.
std::string make_order(std::uint32_t sequence, char verb);

}  // namespace thimble::bench
