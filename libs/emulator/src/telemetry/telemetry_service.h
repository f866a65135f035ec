#pragma once
// Tells extensions what happens, over the Telemetry API and the Logs API.

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "thimble/base/event_loop.h"

#include "line_splitter.h"
#include "platform_event.h"
#include "record_schema.h"
#include "subscriber.h"
#include "subscription.h"

namespace thimble::emulator {

// The subscriptions of one environment's extensions; only that environment's events may reach it.
// What happens during an init is kept until its end, so that an extension that subscribes late in
// it misses nothing. Without subscriptions nothing else is kept, formatted or allocated.
class TelemetryService final : public EventSink {
 public:
  struct Options {
    EventLoop& loop;
    std::string_view initialization_type = "on-demand";
    std::string function_name;
    std::string function_version;
    std::string memory_size_mb;
    bool json_logs = false;                     // AWS_LAMBDA_LOG_FORMAT is JSON
    const NetworkNamespace* network = nullptr;  // the extensions'; null: the emulator's
    EventBus* bus = nullptr;  // where it tells of subscriptions and losses, if anywhere
  };

  explicit TelemetryService(Options options);
  TelemetryService(const TelemetryService&) = delete;
  TelemetryService& operator=(const TelemetryService&) = delete;

  enum class Answer {
    kSubscribed,
    kUsesOtherApi,  // the extension has subscribed with the other API
  };
  // Who subscribes.
  struct Extension {
    std::string_view identifier;
    std::string_view name;
  };
  // Subscribing again with the same API replaces what was there, without telling of it twice if
  // nothing has changed.
  [[nodiscard]] Answer subscribe(const Extension& extension, Subscription subscription);

  void on_event(const PlatformEvent& event) override;

  // Sends what is buffered at once.
  void flush();
  // Whether everything has been delivered or given up.
  [[nodiscard]] bool is_idle() const;
  // Called whenever is_idle() becomes true.
  void on_idle(std::function<void()> callback) { on_idle_ = std::move(callback); }

  [[nodiscard]] bool has_subscriptions() const { return !subscribers_.empty(); }

 private:
  // How many bytes of log lines are kept during an init.
  static constexpr std::size_t kMostKeptBytes = 1024 * 1024;

  // What a subscriber would have been told. Its views point into texts_ and lists_.
  struct Kept {
    WallTime time;
    std::variant<PlatformEvent, LogLine, Subscribed> what;
  };

  void begin_init();
  void end_init();
  void on_output(RecordType type, LineSplitter& lines, std::string_view bytes, WallTime time);
  void finish_lines(WallTime time);
  template <class What>
  void publish(const What& what, WallTime time);
  void keep(const PlatformEvent& event, WallTime time);
  void keep(const LogLine& line, WallTime time);
  void keep(const Subscribed& subscribed, WallTime time);
  [[nodiscard]] std::string_view keep_text(std::string_view text);
  [[nodiscard]] LineSplitter& lines_of(std::string_view extension);
  void on_dropped(const Dropped& dropped);
  void retire(std::unique_ptr<Subscriber> subscriber);
  void subscriber_idle();

  Options options_;
  std::vector<std::unique_ptr<Subscriber>> subscribers_;
  std::vector<std::unique_ptr<Subscriber>> retired_;  // until nobody can be inside them
  Deferred bury_;
  Dropped dropped_;  // and nobody told of it yet
  Deferred tell_of_dropped_;
  std::function<void()> on_idle_;

  LineSplitter function_lines_;
  std::vector<std::pair<std::string, std::unique_ptr<LineSplitter>>> extension_lines_;  // by name

  bool is_keeping_ = false;
  std::vector<Kept> kept_;
  std::deque<std::string> texts_;
  std::deque<std::vector<std::string_view>> lists_;
  std::size_t kept_bytes_ = 0;
  Dropped not_kept_;
};

}  // namespace thimble::emulator
