#pragma once
// Which records of a batch failed, for event source mappings with ReportBatchItemFailures.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <thimble/base/result.h>

namespace thimble::events {

struct BatchItemFailure {
  // Of SQS the message id, of Kinesis and DynamoDB the sequence number.
  std::string item_identifier{};

  bool operator==(const BatchItemFailure&) const = default;
};

// The rest of the batch has succeeded. Of a stream, Lambda goes on at the first failure.
//
//   BatchResponse response;
//   for (const SqsMessage& message : event.records) {
//     if (!handle(message)) response.add(message.message_id);
//   }
struct BatchResponse {
  std::vector<BatchItemFailure> batch_item_failures{};

  void add(std::string item_identifier) {
    batch_item_failures.push_back({std::move(item_identifier)});
  }
  [[nodiscard]] bool all_succeeded() const { return batch_item_failures.empty(); }

  [[nodiscard]] static Result<BatchResponse> from_json(std::string_view text);
  void to_json(std::string& out) const;
  bool operator==(const BatchResponse&) const = default;
};

}  // namespace thimble::events
