#include "managed_invocation.h"

#include <algorithm>
#include <utility>

#include "thimble/wire/error_types.h"

#include "next_reply.h"
#include "posted_outcome.h"
#include "runtime_reply.h"

namespace thimble::emulator {

ManagedInvocation::ManagedInvocation(const EnvironmentContext& context,
                                     std::unique_ptr<Invocation> invocation,
                                     ManagedInvocationListener& listener)
    : context_(context),
      invocation_(std::move(invocation)),
      listener_(listener),
      timeout_(context.loop, [this] { listener_.on_timeout(*this); }) {}

ManagedInvocation::~ManagedInvocation() = default;

void ManagedInvocation::start_timeout() {
  if (context_.function.timeout) timeout_.start_after(*context_.function.timeout);
}

void ManagedInvocation::deliver(http::Exchange& exchange) {
  is_delivered_ = true;
  delivered_ = now();
  delivered_wall_ = context_.loop.clock().wall();
  start_timeout();
  reply_next(exchange, *invocation_, context_.function,
             deadline_ms(context_.function, delivered_wall_));
  context_.bus.publish(invoke_started(*invocation_, context_.function));
}

void ManagedInvocation::respond(Outcome outcome, std::size_t produced_bytes) {
  timeout_.cancel();
  const bool is_error = outcome.kind != Outcome::Kind::kResponse;
  if (was_streamed_) {
    response_duration_ = now() - responded_;
    context_.bus.publish(InvokeStreamEnded{.request_id = invocation_->request_id,
                                           .produced_bytes = produced_bytes_,
                                           .is_error = is_error});
  } else {
    responded_ = now();
    produced_bytes_ = produced_bytes;
    context_.bus.publish(InvokeResponded{.request_id = invocation_->request_id,
                                         .produced_bytes = produced_bytes,
                                         .is_error = is_error});
  }
  streamed_.reset();
  invocation_->end(std::move(outcome));
}

void ManagedInvocation::report_response(std::size_t max_memory_bytes) {
  context_.bus.publish(InvokeRuntimeDone{.request_id = invocation_->request_id,
                                         .produced_bytes = produced_bytes_,
                                         .duration = now() - delivered_,
                                         .trace_id = invocation_->trace_id,
                                         .started = delivered_wall_,
                                         .response_latency = responded_ - delivered_,
                                         .response_duration = response_duration_,
                                         .error_type = broke_off_});
  report(broke_off_, max_memory_bytes);
  invocation_->reported();
}

void ManagedInvocation::fail(const Outcome& outcome, std::size_t max_memory_bytes) {
  timeout_.cancel();
  streamed_.reset();
  if (!is_delivered_) context_.bus.publish(invoke_started(*invocation_, context_.function));
  context_.bus.publish(InvokeFailed{.request_id = invocation_->request_id,
                                    .error_type = outcome.error_type,
                                    .reason = outcome.reason,
                                    .is_timeout = outcome.kind == Outcome::Kind::kTimedOut,
                                    .trace_id = invocation_->trace_id,
                                    .duration = duration(),
                                    .was_delivered = is_delivered_});
  report(outcome.error_type, max_memory_bytes);
  invocation_->reported();
  invocation_->end(outcome);
}

void ManagedInvocation::drop() {
  timeout_.cancel();
  streamed_.reset();
  invocation_->end({.kind = Outcome::Kind::kShutDown});
}

Nanoseconds ManagedInvocation::duration() const {
  const Nanoseconds duration = is_delivered_ ? now() - delivered_ : Nanoseconds(0);
  if (!context_.function.timeout) return duration;
  return std::min<Nanoseconds>(duration, *context_.function.timeout);
}

void ManagedInvocation::report(std::string_view error_type, std::size_t max_memory_bytes) {
  context_.bus.publish(InvokeReported{.request_id = invocation_->request_id,
                                      .init_duration = std::nullopt,
                                      .duration = duration(),
                                      .memory_size_mb = context_.function.memory_mb,
                                      .max_memory_used_bytes = max_memory_bytes,
                                      .error_type = error_type,
                                      .trace_id = invocation_->trace_id});
}

// --- A response that is passed on as it is produced

void ManagedInvocation::stream(http::Exchange& exchange) {
  was_streamed_ = true;
  responded_ = now();
  invocation_->stream->begin(exchange.request().header("Content-Type").value_or(""));
  streamed_ =
      std::make_unique<StreamedResponse>(context_.loop, context_.stream_limits, exchange,
                                         *invocation_->stream, static_cast<StreamListener&>(*this));
}

void ManagedInvocation::on_stream_started() {
  responded_ = now();
  context_.bus.publish(InvokeResponded{.request_id = invocation_->request_id,
                                       .produced_bytes = streamed_->bytes(),
                                       .is_error = false});
}

void ManagedInvocation::on_stream_end(http::Exchange& exchange) {
  Outcome outcome{.kind = Outcome::Kind::kResponse};
  if (auto error = stream_error(exchange.trailers())) outcome = outcome_of(std::move(*error));
  produced_bytes_ = streamed_->bytes();
  runtime_reply::accept(exchange);
  listener_.on_stream_done(*this, std::move(outcome));
}

void ManagedInvocation::on_stream_too_large(http::Exchange& exchange) {
  produced_bytes_ = streamed_->bytes();
  runtime_reply::refuse_too_large(exchange, context_.stream_limits.bytes);
  listener_.on_stream_done(*this, stream_too_large(context_.stream_limits.bytes));
}

void ManagedInvocation::on_stream_broken() {
  produced_bytes_ = streamed_->bytes();
  broke_off_ = wire::kTruncatedResponse;
  listener_.on_stream_done(*this, stream_broken_off());
}

}  // namespace thimble::emulator
