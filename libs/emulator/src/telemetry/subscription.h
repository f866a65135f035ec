#pragma once
// What an extension asks the Telemetry API or the Logs API for.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "thimble/base/clock.h"
#include "thimble/base/result.h"

namespace thimble::emulator {

enum class SubscriptionApi : std::uint8_t { kTelemetry, kLogs };

// How records look. In order, so that newer ones of one API compare greater.
enum class SchemaVersion : std::uint8_t {
  kLogs20200815,
  kLogs20210318,
  kTelemetry20220701,
  kTelemetry20221213,
  kTelemetry20250129,
};

// What a record is about.
enum class RecordType : std::uint8_t { kPlatform, kFunction, kExtension };

[[nodiscard]] std::string_view name_of(RecordType type);

// Where records go, always on this machine.
struct Destination {
  enum class Protocol : std::uint8_t { kHttp, kTcp };
  Protocol protocol = Protocol::kHttp;
  std::uint16_t port = 0;
  std::string host;             // as the extension wrote it; HTTP only
  std::string target = "/";     // path and query; HTTP only
  std::string method = "POST";  // HTTP only

  friend bool operator==(const Destination&, const Destination&) = default;
};

// When a batch is delivered: at whichever of these is reached first.
struct Buffering {
  std::size_t max_items;
  std::size_t max_bytes;
  Milliseconds timeout;

  friend bool operator==(const Buffering&, const Buffering&) = default;
};

struct Subscription {
  SchemaVersion schema = SchemaVersion::kTelemetry20220701;
  std::vector<RecordType> types;  // in the order they were asked for, each once
  Destination destination;
  Buffering buffering;

  [[nodiscard]] bool wants(RecordType type) const;
  [[nodiscard]] SubscriptionApi api() const {
    return schema >= SchemaVersion::kTelemetry20220701 ? SubscriptionApi::kTelemetry
                                                       : SubscriptionApi::kLogs;
  }
  friend bool operator==(const Subscription&, const Subscription&) = default;
};

// Reads the body of a request to subscribe. The error's message lists everything that is wrong with
// it. `reserved_ports` are no destinations; Lambda's own port 9001 never is.
[[nodiscard]] Result<Subscription> parse_subscription(
    SubscriptionApi api, std::string_view body, std::span<const std::uint16_t> reserved_ports);

}  // namespace thimble::emulator
