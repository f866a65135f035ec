#pragma once
// Amazon CloudWatch Logs subscriptions.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/events/flat_map.h>

namespace thimble::events {

struct CloudWatchLogsPayload {
  std::string data{};  // Bytes: gzip of the JSON that CloudWatchLogsData::from_json reads.

  bool operator==(const CloudWatchLogsPayload&) const = default;
};

// Whoever handles it decompresses `awslogs.data`, with zlib for example, which this library does
// not link.
struct CloudWatchLogsEvent {
  CloudWatchLogsPayload awslogs{};

  [[nodiscard]] static Result<CloudWatchLogsEvent> from_json(std::string_view text);
  void to_json(std::string& out) const;
  bool operator==(const CloudWatchLogsEvent&) const = default;
};

struct CloudWatchLogsLogEvent {
  std::string id{};
  std::int64_t timestamp = 0;  // Milliseconds.
  std::string message{};
  StringMap extracted_fields{};  // If the filter has a pattern with fields.

  bool operator==(const CloudWatchLogsLogEvent&) const = default;
};

struct CloudWatchLogsData {
  std::string message_type{};  // "DATA_MESSAGE", or "CONTROL_MESSAGE" for a test.
  std::string owner{};         // An account id.
  std::string log_group{};
  std::string log_stream{};
  std::vector<std::string> subscription_filters{};
  std::vector<CloudWatchLogsLogEvent> log_events{};

  [[nodiscard]] static Result<CloudWatchLogsData> from_json(std::string_view text);
  void to_json(std::string& out) const;
  bool operator==(const CloudWatchLogsData&) const = default;
};

}  // namespace thimble::events
