#pragma once
// Amazon SNS.
// https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html

#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/events/flat_map.h>

namespace thimble::events {

struct SnsMessageAttribute {
  std::string type{};   // "String", "String.Array", "Number" or "Binary".
  std::string value{};  // Of a Binary one base64.

  bool operator==(const SnsMessageAttribute&) const = default;
};

struct SnsMessage {
  std::string signature_version{};
  std::string timestamp{};  // "2019-01-02T12:45:07.000Z"
  std::string signature{};
  std::string signing_cert_url{};
  std::string message_id{};
  std::string message{};
  FlatMap<SnsMessageAttribute> message_attributes{};
  std::string type{};  // "Notification"
  std::string unsubscribe_url{};
  std::string topic_arn{};
  std::string subject{};  // Null in JSON if there is none.

  bool operator==(const SnsMessage&) const = default;
};

struct SnsRecord {
  std::string event_version{};
  std::string event_subscription_arn{};
  std::string event_source{};
  SnsMessage sns{};

  bool operator==(const SnsRecord&) const = default;
};

struct SnsEvent {
  std::vector<SnsRecord> records{};

  [[nodiscard]] static Result<SnsEvent> from_json(std::string_view text);
  void to_json(std::string& out) const;
  bool operator==(const SnsEvent&) const = default;
};

}  // namespace thimble::events
