#include "managed_invocation.h"

#include <cstddef>
#include <utility>

#include "thimble/wire/error_types.h"

#include "posted_outcome.h"
#include "runtime_reply.h"

namespace thimble::emulator {

ManagedInvocation::ManagedInvocation(const EnvironmentContext& context,
                                     std::unique_ptr<Invocation> invocation,
                                     ManagedInvocationListener& listener)
    : context_(context),
      running_(context, std::move(invocation)),
      listener_(listener),
      timeout_(context.loop, [this] { listener_.on_timeout(*this); }) {}

ManagedInvocation::~ManagedInvocation() = default;

void ManagedInvocation::start_timeout() {
  if (context_.function.timeout) timeout_.start_after(*context_.function.timeout);
}

void ManagedInvocation::deliver(http::Exchange& exchange) {
  running_.begin();
  start_timeout();
  running_.answer(exchange);
  running_.tell_started();
}

void ManagedInvocation::respond(Outcome outcome, std::size_t produced_bytes) {
  timeout_.cancel();
  if (!is_streaming()) return running_.respond(std::move(outcome), produced_bytes);
  const std::size_t bytes = streamed_->bytes();
  streamed_.reset();
  running_.end_stream(std::move(outcome), bytes, broke_off_);
}

void ManagedInvocation::report_response(std::size_t max_memory_bytes) {
  running_.tell_runtime_done();
  running_.report({.max_memory_bytes = max_memory_bytes});
}

void ManagedInvocation::fail(const Outcome& outcome, std::size_t max_memory_bytes) {
  timeout_.cancel();
  streamed_.reset();
  running_.fail(outcome, {.max_memory_bytes = max_memory_bytes});
}

void ManagedInvocation::drop() {
  timeout_.cancel();
  streamed_.reset();
  running_.drop();
}

// --- A response that is passed on as it is produced

void ManagedInvocation::stream(http::Exchange& exchange) {
  running_.begin_stream(exchange);
  streamed_ =
      std::make_unique<StreamedResponse>(context_.loop, context_.stream_limits, exchange,
                                         running_.stream(), static_cast<StreamListener&>(*this));
}

void ManagedInvocation::on_stream_started() {
  running_.tell_stream_started(streamed_->bytes());
}

void ManagedInvocation::on_stream_end(http::Exchange& exchange) {
  Outcome outcome{.kind = Outcome::Kind::kResponse};
  if (auto error = stream_error(exchange.trailers())) outcome = outcome_of(std::move(*error));
  runtime_reply::accept(exchange);
  listener_.on_stream_done(*this, std::move(outcome));
}

void ManagedInvocation::on_stream_too_large(http::Exchange& exchange) {
  runtime_reply::refuse_too_large(exchange, context_.stream_limits.bytes);
  listener_.on_stream_done(*this, stream_too_large(context_.stream_limits.bytes));
}

void ManagedInvocation::on_stream_broken() {
  broke_off_ = wire::kTruncatedResponse;
  listener_.on_stream_done(*this, stream_broken_off());
}

}  // namespace thimble::emulator
