// A runtime's response that is passed on as it is produced.

#include <utility>

#include "thimble/wire/error_types.h"

#include "on_demand_environment.h"
#include "posted_outcome.h"
#include "runtime_reply.h"
#include "streamed_response.h"

namespace thimble::emulator {
namespace {

// A runtime that ends in the middle of its response breaks the connection first. So long it may
// take until its end is seen, which is the better reason.
constexpr Milliseconds kGraceForTheReason{100};

}  // namespace

void OnDemandEnvironment::response_begins(http::Exchange& exchange, std::string_view request_id) {
  if (!may_stream() || !is_streamed(exchange.request())) return;
  if (!may_post(exchange, request_id, "InvocationResponse")) return;
  runtime_ = Runtime::kResponding;
  responded_ = now();
  invocation_->stream->begin(exchange.request().header("Content-Type").value_or(""));
  streamed_ =
      std::make_unique<StreamedResponse>(context_.loop, context_.stream_limits, exchange,
                                         *invocation_->stream, static_cast<StreamListener&>(*this));
}

void OnDemandEnvironment::on_stream_started() {
  responded_ = now();
  publish(InvokeResponded{.request_id = invocation_->request_id,
                          .produced_bytes = streamed_->bytes(),
                          .is_error = false});
}

void OnDemandEnvironment::on_stream_end(http::Exchange& exchange) {
  Outcome outcome{.kind = Outcome::Kind::kResponse};
  if (auto error = stream_error(exchange.trailers())) outcome = outcome_of(std::move(*error));
  end_stream(std::move(outcome));
  runtime_reply::accept(exchange);
}

void OnDemandEnvironment::on_stream_too_large(http::Exchange& exchange) {
  end_stream(stream_too_large(context_.stream_limits.bytes));
  runtime_reply::refuse_too_large(exchange, context_.stream_limits.bytes);
}

void OnDemandEnvironment::on_stream_broken() {
  broken_stream_.start_after(kGraceForTheReason);
}

void OnDemandEnvironment::end_broken_stream() {
  broken_stream_.cancel();
  broke_off_ = wire::kTruncatedResponse;
  end_stream(stream_broken_off());
}

// As end_with(), for a response whose beginning has been told already.
void OnDemandEnvironment::end_stream(Outcome outcome) {
  runtime_ = Runtime::kResponseSent;
  produced_bytes_ = streamed_->bytes();
  response_duration_ = now() - responded_;
  drop_stream();
  publish(InvokeStreamEnded{.request_id = invocation_->request_id,
                            .produced_bytes = produced_bytes_,
                            .is_error = outcome.kind != Outcome::Kind::kResponse});
  invocation_->end(std::move(outcome));
}

// What the runtime still sends of it is thrown away.
void OnDemandEnvironment::drop_stream() {
  broken_stream_.cancel();
  streamed_.reset();
}

}  // namespace thimble::emulator
