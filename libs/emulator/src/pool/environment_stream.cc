// A runtime's response that is passed on as it is produced.

#include <utility>

#include "thimble/wire/error_types.h"

#include "environment.h"
#include "runtime_reply.h"
#include "streamed_response.h"

namespace thimble::emulator {
namespace {

// A runtime that ends in the middle of its response breaks the connection first. So long it may
// take until its end is seen, which is the better reason.
constexpr Milliseconds kGraceForTheReason{100};

}  // namespace

void Environment::response_begins(http::Exchange& exchange, std::string_view request_id) {
  if (!may_stream() || !is_streamed(exchange.request())) return;
  if (!may_post(exchange, request_id, "InvocationResponse")) return;
  runtime_ = Runtime::kResponding;
  responded_ = context_.loop.clock().now();
  invocation_->stream->begin(exchange.request().header("Content-Type").value_or(""));
  streamed_ =
      std::make_unique<StreamedResponse>(context_.loop, context_.stream_limits, exchange,
                                         *invocation_->stream, static_cast<StreamListener&>(*this));
}

void Environment::on_stream_started() {
  responded_ = context_.loop.clock().now();
  context_.bus.publish(InvokeResponded{.request_id = invocation_->request_id,
                                       .produced_bytes = streamed_->bytes(),
                                       .is_error = false});
}

void Environment::on_stream_end(http::Exchange& exchange) {
  Outcome outcome{.kind = Outcome::Kind::kResponse};
  if (auto error = stream_error(exchange.trailers())) outcome = outcome_of(std::move(*error));
  end_stream(std::move(outcome));
  runtime_reply::accept(exchange);
}

void Environment::on_stream_too_large(http::Exchange& exchange) {
  const std::string limit = std::to_string(context_.stream_limits.bytes);
  Outcome outcome{.kind = Outcome::Kind::kResponseTooLarge};
  outcome.error_type = wire::kResponseSizeTooLarge;
  outcome.reason =
      "Response payload size exceeded maximum allowed payload size (" + limit + " bytes).";
  end_stream(std::move(outcome));
  runtime_reply::refuse(exchange, 413, wire::kRequestEntityTooLarge,
                        "Exceeded maximum allowed payload size (" + limit + " bytes).");
}

void Environment::on_stream_broken() {
  broken_stream_.start_after(kGraceForTheReason);
}

void Environment::end_broken_stream() {
  broken_stream_.cancel();
  Outcome outcome{.kind = Outcome::Kind::kExited};
  outcome.error_type = wire::kTruncatedResponse;
  outcome.reason = "The runtime broke off its response";
  end_stream(std::move(outcome));
}

// As end_with(), for a response whose beginning has been told already.
void Environment::end_stream(Outcome outcome) {
  runtime_ = Runtime::kResponseSent;
  produced_bytes_ = streamed_->bytes();
  response_duration_ = context_.loop.clock().now() - responded_;
  drop_stream();
  context_.bus.publish(InvokeStreamEnded{.request_id = invocation_->request_id,
                                         .produced_bytes = produced_bytes_,
                                         .is_error = outcome.kind != Outcome::Kind::kResponse});
  invocation_->end(std::move(outcome));
}

// What the runtime still sends of it is thrown away.
void Environment::drop_stream() {
  broken_stream_.cancel();
  streamed_.reset();
}

}  // namespace thimble::emulator
