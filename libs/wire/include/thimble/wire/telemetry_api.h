#pragma once
// Names and limits of Lambda's Telemetry API, version 2022-07-01, and of its Logs API, version
// 2020-08-15 (https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api-reference.html,
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-logs-api.html).

#include <cstdint>
#include <string_view>

namespace thimble::wire {

inline constexpr std::string_view kTelemetry = "/2022-07-01/telemetry";
inline constexpr std::string_view kLogs = "/2020-08-15/logs";

// What a subscription may ask for, and gets if it does not.
inline constexpr std::int64_t kLeastBufferedItems = 1000;
inline constexpr std::int64_t kMostBufferedItems = 10000;
inline constexpr std::int64_t kDefaultBufferedItems = 10000;
inline constexpr std::int64_t kLeastBufferedBytes = 256 * 1024;
inline constexpr std::int64_t kMostBufferedBytes = 1024 * 1024;
inline constexpr std::int64_t kDefaultBufferedBytes = 256 * 1024;
inline constexpr std::int64_t kLeastBufferedMs = 25;
inline constexpr std::int64_t kMostBufferedMs = 30000;
inline constexpr std::int64_t kDefaultBufferedMs = 1000;

// No destination may use Lambda's own port.
inline constexpr std::uint16_t kReservedPort = 9001;

// Error types, to the extension.
inline constexpr std::string_view kTelemetryValidationError = "ValidationError";
inline constexpr std::string_view kLogsValidationError = "Logs.ValidationError";
inline constexpr std::string_view kTelemetrySubscriptionClosed = "Telemetry.SubscriptionClosed";
inline constexpr std::string_view kLogsSubscriptionClosed = "Logs.SubscriptionClosed";

}  // namespace thimble::wire
