#include <thimble/events/cloudwatch_logs.h>

#include "../schema.h"

namespace thimble::events {
namespace detail {

// clang-format off
template <>
struct Schema<CloudWatchLogsPayload> {
  using T = CloudWatchLogsPayload;
  using Members = List<
      Base64<"data", &T::data>>;
};

template <>
struct Schema<CloudWatchLogsEvent> {
  using T = CloudWatchLogsEvent;
  using Members = List<
      Member<"awslogs", &T::awslogs>>;
};

template <>
struct Schema<CloudWatchLogsLogEvent> {
  using T = CloudWatchLogsLogEvent;
  using Members = List<
      Member<"id", &T::id>,
      Member<"timestamp", &T::timestamp>,
      Member<"message", &T::message>,
      Member<"extractedFields", &T::extracted_fields>>;
};

template <>
struct Schema<CloudWatchLogsData> {
  using T = CloudWatchLogsData;
  using Members = List<
      Member<"messageType", &T::message_type>,
      Member<"owner", &T::owner>,
      Member<"logGroup", &T::log_group>,
      Member<"logStream", &T::log_stream>,
      Always<"subscriptionFilters", &T::subscription_filters>,
      Always<"logEvents", &T::log_events>>;
};

// clang-format on

}  // namespace detail

Result<CloudWatchLogsEvent> CloudWatchLogsEvent::from_json(std::string_view text) {
  return detail::parse<CloudWatchLogsEvent>(text);
}
void CloudWatchLogsEvent::to_json(std::string& out) const {
  detail::append(out, *this);
}

Result<CloudWatchLogsData> CloudWatchLogsData::from_json(std::string_view text) {
  return detail::parse<CloudWatchLogsData>(text);
}
void CloudWatchLogsData::to_json(std::string& out) const {
  detail::append(out, *this);
}

}  // namespace thimble::events
