#pragma once
// Takes orders from a queue.

#include <cstdint>
#include <string>
#include <string_view>

#include <thimble/events/batch_response.h>
#include <thimble/events/sqs.h>
#include <thimble/json/reader.h>
#include <thimble/ric.h>

namespace orders {

struct Order {
  std::string id;
  std::int64_t quantity = 0;
};

// Reads a message's body: {"order": "17", "quantity": 2}.
inline thimble::Result<Order> read_order(std::string_view body) {
  Order order;
  std::string scratch;
  thimble::json::Reader in(body, scratch);
  in.enter_object();
  while (auto key = in.next_key()) {
    if (*key == "order") order.id = in.read_string();
    if (*key == "quantity") order.quantity = in.read_int64();
  }
  if (auto done = in.finish(); !done) return thimble::fail(std::move(done.error()));
  if (order.id.empty()) return thimble::fail(thimble::ErrorCode::kInvalid, "no order");
  if (order.quantity < 1) return thimble::fail(thimble::ErrorCode::kInvalid, "no quantity");
  return order;
}

// Takes orders from a queue whose event source mapping has ReportBatchItemFailures: what cannot be
// read goes back to the queue, in the end to its dead-letter queue; the rest is done.
inline thimble::events::BatchResponse handle(const thimble::events::SqsEvent& event) {
  namespace log = thimble::ric::log;
  thimble::events::BatchResponse response;
  for (const auto& message : event.records) {
    const auto order = read_order(message.body);
    if (order) {
      log::info("order taken", {{"order", order->id}, {"quantity", order->quantity}});
    } else {
      log::warn("order refused",
                {{"message_id", message.message_id}, {"reason", order.error().message}});
      response.add(message.message_id);
    }
  }
  return response;
}

}  // namespace orders
