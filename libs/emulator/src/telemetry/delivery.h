#pragma once
// Brings batches of records to an extension.

#include <cstddef>
#include <string>
#include <string_view>

#include "thimble/base/event_loop.h"
#include "thimble/base/fd.h"
#include "thimble/http/response_reader.h"

#include "batcher.h"
#include "subscription.h"
#include "supervisor/network_namespace.h"

namespace thimble::emulator {

// A small HTTP client, or plain TCP, over one connection that is kept. Every destination is this
// machine: no name is looked up. A refused or broken connection, and an answer that is not 2xx, is
// tried again with growing pauses; after kMostAttempts, or after kLongest without an answer, the
// batch is lost.
class Delivery final : public BatchSender {
 public:
  static constexpr int kMostAttempts = 8;
  static constexpr Milliseconds kFirstPause{25};  // each is twice as long as the one before
  static constexpr Milliseconds kLongest = Seconds(10);

  // `network`, if any, is where the destination is, and outlives the delivery.
  Delivery(EventLoop& loop, Destination destination, const NetworkNamespace* network = nullptr);
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  // Before the first send(). It outlives the delivery.
  void set_listener(BatchListener& listener) { listener_ = &listener; }

  // Starts at the end of the loop's turn. Only when the batch before has been dealt with.
  void send(std::string_view body) override;

 private:
  enum class State { kIdle, kConnecting, kSending, kReceiving, kPausing };

  void attempt();
  [[nodiscard]] bool connect();
  void on_ready(Readiness readiness);
  void write_some();
  void read_some();
  void on_input(std::string_view bytes);
  void on_lost();
  void on_answer();
  void attempt_failed();
  void finish(bool is_delivered);
  void disconnect();
  [[nodiscard]] bool is_http() const {
    return destination_.protocol == Destination::Protocol::kHttp;
  }

  const Destination destination_;
  const NetworkNamespace* network_;
  BatchListener* listener_ = nullptr;
  FdWatch watch_;
  Timer pause_;
  Timer deadline_;
  Deferred start_;

  State state_ = State::kIdle;
  Fd socket_;
  bool is_reused_ = false;  // the connection has carried a batch before this one
  int failures_ = 0;
  std::string head_;
  std::string_view body_;
  std::size_t written_ = 0;  // of both
  http::ResponseReader reader_;
};

}  // namespace thimble::emulator
