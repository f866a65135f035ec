#include <thimble/events/sns.h>

#include "../schema.h"

namespace thimble::events {
namespace detail {

// clang-format off
template <>
struct Schema<SnsMessageAttribute> {
  using T = SnsMessageAttribute;
  using Members = List<
      Member<"Type", &T::type>,
      Member<"Value", &T::value>>;
};

template <>
struct Schema<SnsMessage> {
  using T = SnsMessage;
  using Members = List<
      Member<"SignatureVersion", &T::signature_version>,
      Member<"Timestamp", &T::timestamp>,
      Member<"Signature", &T::signature>,
      Member<"SigningCertUrl", &T::signing_cert_url>,
      Alias<"SigningCertURL", &T::signing_cert_url>,
      Member<"MessageId", &T::message_id>,
      Member<"Message", &T::message>,
      Always<"MessageAttributes", &T::message_attributes>,
      Member<"Type", &T::type>,
      Member<"UnsubscribeUrl", &T::unsubscribe_url>,
      Alias<"UnsubscribeURL", &T::unsubscribe_url>,
      Member<"TopicArn", &T::topic_arn>,
      Sparse<"Subject", &T::subject>>;
};

template <>
struct Schema<SnsRecord> {
  using T = SnsRecord;
  using Members = List<
      Member<"EventVersion", &T::event_version>,
      Member<"EventSubscriptionArn", &T::event_subscription_arn>,
      Member<"EventSource", &T::event_source>,
      Member<"Sns", &T::sns>>;
};

template <>
struct Schema<SnsEvent> {
  using T = SnsEvent;
  using Members = List<
      Always<"Records", &T::records>>;
};

// clang-format on

}  // namespace detail

Result<SnsEvent> SnsEvent::from_json(std::string_view text) {
  return detail::parse<SnsEvent>(text);
}
void SnsEvent::to_json(std::string& out) const {
  detail::append(out, *this);
}

}  // namespace thimble::events
