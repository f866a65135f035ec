#include <thimble/events/kinesis.h>

#include "../schema.h"

namespace thimble::events {
namespace detail {

// clang-format off
template <>
struct Schema<KinesisData> {
  using T = KinesisData;
  using Members = List<
      Member<"kinesisSchemaVersion", &T::schema_version>,
      Member<"partitionKey", &T::partition_key>,
      Member<"sequenceNumber", &T::sequence_number>,
      Base64<"data", &T::data>,
      Member<"approximateArrivalTimestamp", &T::approximate_arrival_timestamp>,
      Sparse<"encryptionType", &T::encryption_type>>;
};

template <>
struct Schema<KinesisRecord> {
  using T = KinesisRecord;
  using Members = List<
      Member<"kinesis", &T::kinesis>,
      Member<"eventSource", &T::event_source>,
      Member<"eventVersion", &T::event_version>,
      Member<"eventID", &T::event_id>,
      Member<"eventName", &T::event_name>,
      Member<"invokeIdentityArn", &T::invoke_identity_arn>,
      Member<"awsRegion", &T::aws_region>,
      Member<"eventSourceARN", &T::event_source_arn>>;
};

template <>
struct Schema<KinesisEvent> {
  using T = KinesisEvent;
  using Members = List<
      Always<"Records", &T::records>>;
};

// clang-format on

}  // namespace detail

Result<KinesisEvent> KinesisEvent::from_json(std::string_view text) {
  return detail::parse<KinesisEvent>(text);
}
void KinesisEvent::to_json(std::string& out) const {
  detail::append(out, *this);
}

}  // namespace thimble::events
