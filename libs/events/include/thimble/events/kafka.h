#pragma once
// Apache Kafka, of Amazon MSK and self-managed.
// https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/events/flat_map.h>

namespace thimble::events {

// A header of a record; a name may occur several times.
struct KafkaHeader {
  std::string name{};
  std::string value{};  // Bytes.

  bool operator==(const KafkaHeader&) const = default;
};

// What a schema registry knows of a key or value.
struct KafkaSchemaMetadata {
  std::string data_format{};  // "AVRO", "JSON" or "PROTOBUF".
  std::string schema_id{};

  bool operator==(const KafkaSchemaMetadata&) const = default;
};

struct KafkaRecord {
  std::string topic{};
  std::int64_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t timestamp = 0;          // Milliseconds.
  std::string timestamp_type{};        // "CREATE_TIME" or "LOG_APPEND_TIME".
  std::optional<std::string> key{};    // Bytes.
  std::optional<std::string> value{};  // Bytes; a null is a tombstone.
  std::vector<KafkaHeader> headers{};
  std::optional<KafkaSchemaMetadata> key_schema_metadata{};
  std::optional<KafkaSchemaMetadata> value_schema_metadata{};

  bool operator==(const KafkaRecord&) const = default;
};

struct KafkaEvent {
  std::string event_source{};                   // "aws:kafka" or "SelfManagedKafka".
  std::string event_source_arn{};               // Of Amazon MSK only.
  std::string bootstrap_servers{};              // Joined by commas.
  FlatMap<std::vector<KafkaRecord>> records{};  // By topic and partition: "orders-0".

  [[nodiscard]] static Result<KafkaEvent> from_json(std::string_view text);
  void to_json(std::string& out) const;
  bool operator==(const KafkaEvent&) const = default;
};

}  // namespace thimble::events
