#pragma once
// Amazon Kinesis Data Streams.
// https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html

#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/events/batch_response.h>

namespace thimble::events {

struct KinesisData {
  std::string schema_version{};
  std::string partition_key{};
  std::string sequence_number{};
  std::string data{};                        // Bytes.
  double approximate_arrival_timestamp = 0;  // Seconds.
  std::string encryption_type{};

  bool operator==(const KinesisData&) const = default;
};

struct KinesisRecord {
  KinesisData kinesis{};
  std::string event_source{};
  std::string event_version{};
  std::string event_id{};  // "shardId-000000000006:" and the sequence number.
  std::string event_name{};
  std::string invoke_identity_arn{};
  std::string aws_region{};
  std::string event_source_arn{};

  bool operator==(const KinesisRecord&) const = default;
};

struct KinesisEvent {
  std::vector<KinesisRecord> records{};

  [[nodiscard]] static Result<KinesisEvent> from_json(std::string_view text);
  void to_json(std::string& out) const;
  bool operator==(const KinesisEvent&) const = default;
};

}  // namespace thimble::events
