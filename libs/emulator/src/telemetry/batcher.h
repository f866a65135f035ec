#pragma once
// Collects a subscriber's records into batches.

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

#include "thimble/base/event_loop.h"

#include "record_schema.h"
#include "subscription.h"

namespace thimble::emulator {

// Told what became of a batch. Never called from inside BatchSender::send.
class BatchListener {
 public:
  virtual ~BatchListener() = default;
  virtual void on_sent(bool is_delivered) = 0;
};

// Brings batches to their destination, one at a time.
class BatchSender {
 public:
  virtual ~BatchSender() = default;
  // `body` stays where it is until the listener is told.
  virtual void send(std::string_view body) = 0;
};

// Closes a batch when it has enough records or bytes, or is old enough, and sends it when the one
// before has arrived. A subscriber who is more than kMostWaiting batches behind loses records; they
// are counted, and told of as soon as there is room.
class Batcher final : public BatchListener {
 public:
  static constexpr std::size_t kMostWaiting = 2;

  enum class Framing {
    kArray,  // one JSON array
    kLines,  // a record a line
  };
  struct Options {
    EventLoop& loop;
    Buffering buffering;
    Framing framing;
    // The record that tells of lost ones.
    std::function<std::string(const Dropped&)> describe;
    // Called whenever nothing is left to be sent.
    std::function<void()> on_idle = {};
  };

  // `sender` outlives it.
  Batcher(Options options, BatchSender& sender);
  Batcher(const Batcher&) = delete;
  Batcher& operator=(const Batcher&) = delete;

  void add(std::string_view record);
  // Sends what there is without waiting for more.
  void flush();
  [[nodiscard]] bool is_idle() const {
    return !is_sending_ && waiting_.empty() && open_.records == 0;
  }

  void on_sent(bool is_delivered) override;

 private:
  struct Batch {
    std::string body;
    std::size_t records = 0;
    Dropped content;  // what is lost with it
  };

  [[nodiscard]] bool is_full(const Batch& batch) const;
  void append(std::string_view record);
  void tell_of_dropped();
  void close();
  void send_next();

  Options options_;
  BatchSender& sender_;
  Timer timer_;
  Batch open_;
  std::deque<Batch> waiting_;
  Batch sending_;
  std::string spare_;  // a body's memory, for the next
  bool is_sending_ = false;
  bool is_due_ = false;  // the open batch is to be sent as soon as it can be
  Dropped dropped_;
};

}  // namespace thimble::emulator
