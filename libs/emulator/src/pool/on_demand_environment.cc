#include "on_demand_environment.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "next_reply.h"

namespace thimble::emulator {

OnDemandEnvironment::OnDemandEnvironment(const EnvironmentContext& context,
                                         EnvironmentListener& listener)
    : Environment(context, listener),
      timeout_(context.loop, [this] { on_timeout(); }),
      broken_stream_(context.loop, [this] { end_broken_stream(); }) {}

OnDemandEnvironment::~OnDemandEnvironment() = default;

void OnDemandEnvironment::invoke(std::unique_ptr<Invocation> invocation) {
  assert(is_free());
  invocation_ = std::move(invocation);
  is_delivered_ = false;
  produced_bytes_ = 0;
  broke_off_ = {};
  // An attached runtime came when it liked: the invocation did not wait for it.
  if (context_.function.is_attached) {
    init_duration_.reset();
    restore_duration_.reset();
  }
  if (is_in_init_phase()) return;  // Its end delivers.
  if (is_stopped()) return start_for_invocation();
  if (context_.function.timeout) timeout_.start_after(*context_.function.timeout);
  if (is_starting()) return;
  if (parked_ != nullptr) deliver(*std::exchange(parked_, nullptr));
  // Else the runtime's connection broke while it waited: it will ask again, or the timeout comes.
}

void OnDemandEnvironment::deliver(http::Exchange& exchange) {
  become(EnvironmentState::kBusy);
  runtime_ = Runtime::kRunning;
  is_delivered_ = true;
  delivered_ = now();
  if (context_.function.timeout) timeout_.start_at(delivered_ + *context_.function.timeout);
  delivered_wall_ = context_.loop.clock().wall();
  deadline_ms_ = deadline_ms(context_.function, delivered_wall_);
  watch_memory();
  answer_next(exchange);
  publish(invoke_started(*invocation_, context_.function));
  if (extensions_.empty()) return;
  const std::string arn = context_.function.arn_of(invocation_->qualifier);
  extensions_.invoke({.request_id = invocation_->request_id,
                      .deadline_ms = deadline_ms_,
                      .arn = arn,
                      .trace_id = invocation_->trace_id});
}

// Tells the caller now; the log, and the next invocation, wait for the runtime's next /next.
void OnDemandEnvironment::end_with(Outcome outcome, std::size_t produced_bytes) {
  runtime_ = Runtime::kResponseSent;
  produced_bytes_ = produced_bytes;
  responded_ = now();
  response_duration_ = {};
  publish(InvokeResponded{.request_id = invocation_->request_id,
                          .produced_bytes = produced_bytes,
                          .is_error = outcome.kind != Outcome::Kind::kResponse});
  invocation_->end(std::move(outcome));
}

// The runtime has asked for the next invocation; extensions may still be busy with this one.
void OnDemandEnvironment::runtime_done() {
  tell_runtime_done();
  if (extensions_.all_ready()) finish_invocation();
}

void OnDemandEnvironment::tell_runtime_done() {
  // What it wrote before it asked for more belongs to the invocation it has finished.
  drain_output();
  publish(InvokeRuntimeDone{.request_id = invocation_->request_id,
                            .produced_bytes = produced_bytes_,
                            .duration = now() - delivered_,
                            .trace_id = invocation_->trace_id,
                            .started = delivered_wall_,
                            .response_latency = responded_ - delivered_,
                            .response_duration = response_duration_,
                            .error_type = broke_off_});
}

void OnDemandEnvironment::finish_invocation() {
  timeout_.cancel();
  report_done();
  if (context_.function.is_cold) return reset(ShutdownReason::kSpindown);
  become(EnvironmentState::kIdle);
  listener_.on_free();
}

// The runtime is done with it.
void OnDemandEnvironment::report_done() {
  extensions_.drain_output();
  const auto finished = std::move(invocation_);
  report(*finished, broke_off_);
  finished->reported();
}

void OnDemandEnvironment::fail_invocations(const Outcome& outcome) {
  timeout_.cancel();
  if (is_init_phase_ && outcome.kind == Outcome::Kind::kTimedOut)
    publish(InitFailed{.error_type = outcome.error_type, .reason = outcome.reason});
  if (invocation_ == nullptr || is_init_phase_) return;
  drop_stream();
  // Moved out: telling the caller may bring the next invocation.
  const auto failed = std::move(invocation_);
  if (!is_delivered_) publish(invoke_started(*failed, context_.function));
  publish(InvokeFailed{.request_id = failed->request_id,
                       .error_type = outcome.error_type,
                       .reason = outcome.reason,
                       .is_timeout = outcome.kind == Outcome::Kind::kTimedOut,
                       .trace_id = failed->trace_id,
                       .duration = invocation_duration(),
                       .was_delivered = is_delivered_});
  report(*failed, outcome.error_type);
  failed->reported();
  failed->end(outcome);
}

Nanoseconds OnDemandEnvironment::invocation_duration() const {
  // An init that failed is all there was: it is the invocation's duration.
  const Nanoseconds duration = now() - (is_delivered_ ? delivered_ : init_started_);
  if (!context_.function.timeout) return duration;
  return std::min<Nanoseconds>(duration, *context_.function.timeout);
}

void OnDemandEnvironment::report(const Invocation& invocation, std::string_view error_type) {
  auto init_duration = std::exchange(init_duration_, std::nullopt);
  auto restore_duration = std::exchange(restore_duration_, std::nullopt);
  if (!is_delivered_) restore_duration.reset();
  if (!is_delivered_ || restore_duration) init_duration.reset();
  publish(InvokeReported{.request_id = invocation.request_id,
                         .init_duration = init_duration,
                         .duration = invocation_duration(),
                         .memory_size_mb = context_.function.memory_mb,
                         .max_memory_used_bytes = max_memory_bytes(),
                         .error_type = error_type,
                         .trace_id = invocation.trace_id,
                         .restore_duration = restore_duration});
}

void OnDemandEnvironment::on_initialized() {
  end_init_phase();
  if (invocation_ == nullptr) return listener_.on_free();
  if (parked_ != nullptr) deliver(*std::exchange(parked_, nullptr));
}

void OnDemandEnvironment::on_extensions_idle() {
  if (state() == EnvironmentState::kBusy && runtime_ == Runtime::kReady) finish_invocation();
}

void OnDemandEnvironment::drop_invocations() {
  timeout_.cancel();
  if (invocation_ == nullptr) return;
  if (state() == EnvironmentState::kBusy) {
    // What a caller has been answered is in the log, though nobody waits any more for the rest.
    if (runtime_ == Runtime::kResponseSent) tell_runtime_done();
    if (runtime_ == Runtime::kResponseSent || runtime_ == Runtime::kReady) return report_done();
  }
  drop_stream();
  const auto dropped = std::move(invocation_);
  dropped->end({.kind = Outcome::Kind::kShutDown});
}

std::string_view OnDemandEnvironment::output_request_id() const {
  return invocation_ ? std::string_view(invocation_->request_id) : std::string_view();
}

// One that still runs the invocation is busy until it asks for the next.
void OnDemandEnvironment::detach() {
  if (state() == EnvironmentState::kBusy && runtime_ == Runtime::kReady) {
    become(EnvironmentState::kIdle);
  } else if (runtime_ == Runtime::kResponding) {
    // Nobody takes the rest of its response.
    runtime_ = Runtime::kRunning;
  }
  Environment::detach();
}

}  // namespace thimble::emulator
