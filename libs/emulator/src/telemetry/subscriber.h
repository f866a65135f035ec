#pragma once
// One subscription at work: from events to bytes on a connection.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "batcher.h"
#include "delivery.h"
#include "record_schema.h"

namespace thimble::emulator {

// Writes the records its extension wants in the schema it wants and delivers them.
class Subscriber final : private RecordSink {
 public:
  struct Options {
    EventLoop& loop;
    std::string identifier;  // of the extension
    Subscription subscription;
    SchemaOptions schema;  // its version is the subscription's
    const NetworkNamespace* network = nullptr;
    std::function<void()> on_idle;                        // must not destroy the subscriber
    std::function<void(const Dropped&)> on_dropped = {};  // when the extension is told of it
  };

  explicit Subscriber(Options options);

  [[nodiscard]] const std::string& identifier() const { return identifier_; }
  [[nodiscard]] const Subscription& subscription() const { return subscription_; }

  void on_event(const PlatformEvent& event, WallTime time) {
    if (subscription_.wants(RecordType::kPlatform)) schema_->write(event, time, *this);
  }
  void on_event(const LogLine& line, WallTime time) {
    if (subscription_.wants(line.type)) schema_->write(line, time, *this);
  }
  void on_event(const Subscribed& subscribed, WallTime time) {
    if (subscription_.wants(RecordType::kPlatform)) schema_->write(subscribed, time, *this);
  }
  // Whatever the extension wants, it is told of what it does not get.
  void on_event(const Dropped& dropped, WallTime time) { schema_->write(dropped, time, *this); }

  void flush() { batcher_.flush(); }
  [[nodiscard]] bool is_idle() const { return batcher_.is_idle(); }

 private:
  void on_record(std::string_view record) override { batcher_.add(record); }
  [[nodiscard]] std::string describe(const Dropped& dropped);

  EventLoop& loop_;
  std::function<void(const Dropped&)> on_dropped_;
  std::string identifier_;
  Subscription subscription_;
  std::unique_ptr<RecordSchema> schema_;
  Delivery delivery_;
  Batcher batcher_;
};

}  // namespace thimble::emulator
