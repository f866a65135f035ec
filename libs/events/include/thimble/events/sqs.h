#pragma once
// Amazon SQS.
// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/events/batch_response.h>
#include <thimble/events/flat_map.h>

namespace thimble::events {

struct SqsMessageAttribute {
  std::optional<std::string> string_value{};
  std::optional<std::string> binary_value{};      // Bytes.
  std::vector<std::string> string_list_values{};  // Lambda leaves these two empty.
  std::vector<std::string> binary_list_values{};
  std::string data_type{};  // "String", "Number", "Binary"; with a label of yours: "Number.int".

  bool operator==(const SqsMessageAttribute&) const = default;
};

struct SqsMessage {
  std::string message_id{};
  std::string receipt_handle{};
  std::string body{};
  StringMap attributes{};  // ApproximateReceiveCount, SentTimestamp, MessageGroupId and so on.
  FlatMap<SqsMessageAttribute> message_attributes{};
  std::string md5_of_body{};
  std::string md5_of_message_attributes{};
  std::string event_source{};
  std::string event_source_arn{};
  std::string aws_region{};

  bool operator==(const SqsMessage&) const = default;
};

struct SqsEvent {
  std::vector<SqsMessage> records{};

  [[nodiscard]] static Result<SqsEvent> from_json(std::string_view text);
  void to_json(std::string& out) const;
  bool operator==(const SqsEvent&) const = default;
};

}  // namespace thimble::events
