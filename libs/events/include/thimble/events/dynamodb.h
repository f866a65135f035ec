#pragma once
// Amazon DynamoDB Streams.
// https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/events/batch_response.h>
#include <thimble/events/dynamodb_attribute.h>

namespace thimble::events {

struct DynamoDbUserIdentity {
  std::string type{};          // "Service"
  std::string principal_id{};  // "dynamodb.amazonaws.com", where an item's time to live was over.

  bool operator==(const DynamoDbUserIdentity&) const = default;
};

struct DynamoDbStreamRecord {
  double approximate_creation_date_time = 0;  // Seconds.
  DynamoDbItem keys{};
  DynamoDbItem new_image{};  // Which images there are is the stream's view type.
  DynamoDbItem old_image{};
  std::string sequence_number{};
  std::int64_t size_bytes = 0;
  std::string stream_view_type{};  // "KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE" or "NEW_AND_OLD_IMAGES".

  bool operator==(const DynamoDbStreamRecord&) const = default;
};

struct DynamoDbRecord {
  std::string event_id{};
  std::string event_name{};  // "INSERT", "MODIFY" or "REMOVE".
  std::string event_version{};
  std::string event_source{};
  std::string aws_region{};
  DynamoDbStreamRecord dynamodb{};
  std::string event_source_arn{};
  std::optional<DynamoDbUserIdentity> user_identity{};

  bool operator==(const DynamoDbRecord&) const = default;
};

struct DynamoDbEvent {
  std::vector<DynamoDbRecord> records{};

  [[nodiscard]] static Result<DynamoDbEvent> from_json(std::string_view text);
  void to_json(std::string& out) const;
  bool operator==(const DynamoDbEvent&) const = default;
};

}  // namespace thimble::events
