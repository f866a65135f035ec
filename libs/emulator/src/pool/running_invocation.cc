#include "running_invocation.h"

#include <algorithm>
#include <utility>

#include "next_reply.h"

namespace thimble::emulator {

void RunningInvocation::begin() {
  is_delivered_ = true;
  delivered_ = now();
  delivered_wall_ = context_->loop.clock().wall();
  deadline_ms_ = emulator::deadline_ms(context_->function, delivered_wall_);
}

void RunningInvocation::answer(http::Exchange& next) const {
  reply_next(next, *invocation_, context_->function, deadline_ms_);
}

void RunningInvocation::tell_started() const {
  publish(invoke_started(*invocation_, context_->function));
}

void RunningInvocation::respond(Outcome outcome, std::size_t produced_bytes) {
  produced_bytes_ = produced_bytes;
  responded_ = now();
  publish(InvokeResponded{.request_id = invocation_->request_id,
                          .produced_bytes = produced_bytes,
                          .is_error = outcome.kind != Outcome::Kind::kResponse});
  invocation_->end(std::move(outcome));
}

void RunningInvocation::begin_stream(http::Exchange& response) {
  responded_ = now();
  invocation_->stream->begin(response.request().header("Content-Type").value_or(""));
}

void RunningInvocation::tell_stream_started(std::size_t bytes) {
  responded_ = now();
  publish(InvokeResponded{
      .request_id = invocation_->request_id, .produced_bytes = bytes, .is_error = false});
}

void RunningInvocation::end_stream(Outcome outcome, std::size_t bytes, std::string_view broke_off) {
  produced_bytes_ = bytes;
  response_duration_ = now() - responded_;
  broke_off_ = broke_off;
  publish(InvokeStreamEnded{.request_id = invocation_->request_id,
                            .produced_bytes = bytes,
                            .is_error = outcome.kind != Outcome::Kind::kResponse});
  invocation_->end(std::move(outcome));
}

void RunningInvocation::tell_runtime_done() const {
  publish(InvokeRuntimeDone{.request_id = invocation_->request_id,
                            .produced_bytes = produced_bytes_,
                            .duration = now() - delivered_,
                            .trace_id = invocation_->trace_id,
                            .started = delivered_wall_,
                            .response_latency = responded_ - delivered_,
                            .response_duration = response_duration_,
                            .error_type = broke_off_});
}

void RunningInvocation::report(const Circumstances& circumstances) {
  tell_report(broke_off_, circumstances);
  invocation_->reported();
}

void RunningInvocation::fail(const Outcome& outcome, const Circumstances& circumstances) {
  if (!is_delivered_) tell_started();
  publish(InvokeFailed{.request_id = invocation_->request_id,
                       .error_type = outcome.error_type,
                       .reason = outcome.reason,
                       .is_timeout = outcome.kind == Outcome::Kind::kTimedOut,
                       .trace_id = invocation_->trace_id,
                       .duration = duration(circumstances),
                       .was_delivered = is_delivered_});
  tell_report(outcome.error_type, circumstances);
  invocation_->reported();
  invocation_->end(outcome);
}

Nanoseconds RunningInvocation::duration(const Circumstances& circumstances) const {
  const SteadyTime end = now();
  const Nanoseconds duration =
      end - (is_delivered_ ? delivered_ : circumstances.begun.value_or(end));
  const auto& timeout = context_->function.timeout;
  return timeout ? std::min<Nanoseconds>(duration, *timeout) : duration;
}

void RunningInvocation::tell_report(std::string_view error_type,
                                    const Circumstances& circumstances) const {
  // Of one that failed with its init the init was all there was.
  auto init_duration = circumstances.init_duration;
  auto restore_duration = circumstances.restore_duration;
  if (!is_delivered_) restore_duration.reset();
  if (!is_delivered_ || restore_duration) init_duration.reset();
  publish(InvokeReported{.request_id = invocation_->request_id,
                         .init_duration = init_duration,
                         .duration = duration(circumstances),
                         .memory_size_mb = context_->function.memory_mb,
                         .max_memory_used_bytes = circumstances.max_memory_bytes,
                         .error_type = error_type,
                         .trace_id = invocation_->trace_id,
                         .restore_duration = restore_duration});
}

}  // namespace thimble::emulator
