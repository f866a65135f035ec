#include <thimble/events/dynamodb.h>

#include "../schema.h"
#include "dynamodb_attribute_codec.h"

namespace thimble::events {
namespace detail {

// clang-format off
template <>
struct Schema<DynamoDbUserIdentity> {
  using T = DynamoDbUserIdentity;
  using Members = List<
      Member<"type", &T::type>,
      Member<"principalId", &T::principal_id>>;
};

template <>
struct Schema<DynamoDbStreamRecord> {
  using T = DynamoDbStreamRecord;
  using Members = List<
      Member<"ApproximateCreationDateTime", &T::approximate_creation_date_time>,
      Always<"Keys", &T::keys>,
      Member<"NewImage", &T::new_image>,
      Member<"OldImage", &T::old_image>,
      Member<"SequenceNumber", &T::sequence_number>,
      Member<"SizeBytes", &T::size_bytes>,
      Member<"StreamViewType", &T::stream_view_type>>;
};

template <>
struct Schema<DynamoDbRecord> {
  using T = DynamoDbRecord;
  using Members = List<
      Member<"eventID", &T::event_id>,
      Member<"eventName", &T::event_name>,
      Member<"eventVersion", &T::event_version>,
      Member<"eventSource", &T::event_source>,
      Member<"awsRegion", &T::aws_region>,
      Member<"dynamodb", &T::dynamodb>,
      Member<"eventSourceARN", &T::event_source_arn>,
      Member<"userIdentity", &T::user_identity>>;
};

template <>
struct Schema<DynamoDbEvent> {
  using T = DynamoDbEvent;
  using Members = List<
      Always<"Records", &T::records>>;
};

// clang-format on

}  // namespace detail

Result<DynamoDbEvent> DynamoDbEvent::from_json(std::string_view text) {
  return detail::parse<DynamoDbEvent>(text);
}
void DynamoDbEvent::to_json(std::string& out) const {
  detail::append(out, *this);
}

}  // namespace thimble::events
