#include <thimble/events/sqs.h>

#include "../schema.h"

namespace thimble::events {
namespace detail {

// clang-format off
template <>
struct Schema<SqsMessageAttribute> {
  using T = SqsMessageAttribute;
  using Members = List<
      Member<"stringValue", &T::string_value>,
      Base64<"binaryValue", &T::binary_value>,
      Member<"stringListValues", &T::string_list_values>,
      Base64<"binaryListValues", &T::binary_list_values>,
      Member<"dataType", &T::data_type>>;
};

template <>
struct Schema<SqsMessage> {
  using T = SqsMessage;
  using Members = List<
      Member<"messageId", &T::message_id>,
      Member<"receiptHandle", &T::receipt_handle>,
      Member<"body", &T::body>,
      Always<"attributes", &T::attributes>,
      Always<"messageAttributes", &T::message_attributes>,
      Member<"md5OfBody", &T::md5_of_body>,
      Sparse<"md5OfMessageAttributes", &T::md5_of_message_attributes>,
      Member<"eventSource", &T::event_source>,
      Member<"eventSourceARN", &T::event_source_arn>,
      Member<"awsRegion", &T::aws_region>>;
};

template <>
struct Schema<SqsEvent> {
  using T = SqsEvent;
  using Members = List<
      Always<"Records", &T::records>>;
};

// clang-format on

}  // namespace detail

Result<SqsEvent> SqsEvent::from_json(std::string_view text) {
  return detail::parse<SqsEvent>(text);
}
void SqsEvent::to_json(std::string& out) const {
  detail::append(out, *this);
}

}  // namespace thimble::events
