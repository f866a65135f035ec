#include "on_demand_environment.h"

#include <cassert>
#include <optional>
#include <string>
#include <utility>

namespace thimble::emulator {

OnDemandEnvironment::OnDemandEnvironment(const EnvironmentContext& context,
                                         EnvironmentListener& listener)
    : Environment(context, listener),
      timeout_(context.loop, [this] { on_timeout(); }),
      broken_stream_(context.loop, [this] { end_broken_stream(); }) {}

OnDemandEnvironment::~OnDemandEnvironment() = default;

void OnDemandEnvironment::invoke(std::unique_ptr<Invocation> invocation) {
  assert(is_free());
  running_.emplace(context_, std::move(invocation));
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
  running_->begin();
  if (context_.function.timeout) {
    timeout_.start_at(running_->delivered() + *context_.function.timeout);
  }
  watch_memory();
  running_->answer(exchange);
  running_->tell_started();
  if (extensions_.empty()) return;
  const Invocation& invocation = running_->invocation();
  const std::string arn = context_.function.arn_of(invocation.qualifier);
  extensions_.invoke({.request_id = invocation.request_id,
                      .deadline_ms = running_->deadline_ms(),
                      .arn = arn,
                      .trace_id = invocation.trace_id});
}

// Tells the caller now; the log, and the next invocation, wait for the runtime's next /next.
void OnDemandEnvironment::end_with(Outcome outcome, std::size_t produced_bytes) {
  runtime_ = Runtime::kResponseSent;
  running_->respond(std::move(outcome), produced_bytes);
}

// The runtime has asked for the next invocation; extensions may still be busy with this one.
void OnDemandEnvironment::runtime_done() {
  tell_runtime_done();
  if (extensions_.all_ready()) finish_invocation();
}

void OnDemandEnvironment::tell_runtime_done() {
  // What it wrote before it asked for more belongs to the invocation it has finished.
  drain_output();
  running_->tell_runtime_done();
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
  auto finished = take_out();
  finished.report(take_circumstances());
}

// Telling the caller may bring the next invocation.
RunningInvocation OnDemandEnvironment::take_out() {
  RunningInvocation taken = std::move(*running_);
  running_.reset();
  return taken;
}

RunningInvocation::Circumstances OnDemandEnvironment::take_circumstances() {
  return {.max_memory_bytes = max_memory_bytes(),
          .init_duration = std::exchange(init_duration_, std::nullopt),
          .restore_duration = std::exchange(restore_duration_, std::nullopt),
          // An init that failed is all there was: it is the invocation's duration.
          .begun = init_started_};
}

void OnDemandEnvironment::fail_invocations(const Outcome& outcome) {
  timeout_.cancel();
  if (is_init_phase_ && outcome.kind == Outcome::Kind::kTimedOut)
    publish(InitFailed{.error_type = outcome.error_type, .reason = outcome.reason});
  if (!running_ || is_init_phase_) return;
  drop_stream();
  auto failed = take_out();
  failed.fail(outcome, take_circumstances());
}

void OnDemandEnvironment::on_initialized() {
  end_init_phase();
  if (!running_) return listener_.on_free();
  if (parked_ != nullptr) deliver(*std::exchange(parked_, nullptr));
}

void OnDemandEnvironment::on_extensions_idle() {
  if (state() == EnvironmentState::kBusy && runtime_ == Runtime::kReady) finish_invocation();
}

void OnDemandEnvironment::drop_invocations() {
  timeout_.cancel();
  if (!running_) return;
  if (state() == EnvironmentState::kBusy) {
    // What a caller has been answered is in the log, though nobody waits any more for the rest.
    if (runtime_ == Runtime::kResponseSent) tell_runtime_done();
    if (runtime_ == Runtime::kResponseSent || runtime_ == Runtime::kReady) return report_done();
  }
  drop_stream();
  take_out().drop();
}

std::string_view OnDemandEnvironment::output_request_id() const {
  return running_ ? std::string_view(running_->invocation().request_id) : std::string_view();
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
