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
  running_->begin_stream(exchange);
  streamed_ =
      std::make_unique<StreamedResponse>(context_.loop, context_.stream_limits, exchange,
                                         running_->stream(), static_cast<StreamListener&>(*this));
}

void OnDemandEnvironment::on_stream_started() {
  running_->tell_stream_started(streamed_->bytes());
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
  end_stream(stream_broken_off(), wire::kTruncatedResponse);
}

// As end_with(), for a response whose beginning has been told already.
void OnDemandEnvironment::end_stream(Outcome outcome, std::string_view broke_off) {
  runtime_ = Runtime::kResponseSent;
  const std::size_t bytes = streamed_->bytes();
  drop_stream();
  running_->end_stream(std::move(outcome), bytes, broke_off);
}

// What the runtime still sends of it is thrown away.
void OnDemandEnvironment::drop_stream() {
  broken_stream_.cancel();
  streamed_.reset();
}

}  // namespace thimble::emulator
