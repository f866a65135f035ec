// What a runtime that runs one invocation at a time may ask, and when. The texts are the public
// emulator's.

#include <utility>

#include "thimble/wire/error_types.h"
#include "thimble/wire/runtime_api.h"

#include "on_demand_environment.h"
#include "posted_outcome.h"
#include "runtime_reply.h"

namespace thimble::emulator {

// --- GET /runtime/invocation/next

void OnDemandEnvironment::next(http::Exchange& exchange) {
  welcome_attached();
  if (!is_alive()) return refuse_transition(exchange, "Ready");
  switch (runtime_) {
    case Runtime::kRestoring:
    case Runtime::kStarted:
      park(exchange);
      return runtime_is_ready();

    case Runtime::kReady:
      // Most likely the earlier connection is dead and does not know it yet.
      if (parked_ != nullptr) refuse_transition(*std::exchange(parked_, nullptr), "Ready");
      if (running_ && state() == EnvironmentState::kIdle) return deliver(exchange);
      return park(exchange);

    case Runtime::kRunning:
      // It was attached and too late.
      if (!running_) return wait_for_invocation(exchange);
      // It has not received, or has lost, what it was given: the same again.
      return running_->answer(exchange);

    case Runtime::kResponding:
      if (!broken_stream_.is_running()) return refuse_transition(exchange, "Ready");
      end_broken_stream();
      [[fallthrough]];
    case Runtime::kResponseSent:
      // Attached, and too late.
      if (!running_) return wait_for_invocation(exchange);
      runtime_ = Runtime::kReady;
      park(exchange);
      return runtime_done();

    case Runtime::kInitError:
      return refuse_transition(exchange, "Ready");
  }
}

void OnDemandEnvironment::wait_for_invocation(http::Exchange& exchange) {
  become(EnvironmentState::kIdle);
  runtime_ = Runtime::kReady;
  park(exchange);
  listener_.on_free();
}

void OnDemandEnvironment::park(http::Exchange& exchange) {
  parked_ = &exchange;
  exchange.on_gone([this] { parked_ = nullptr; });
}

// --- POST /runtime/invocation/{id}/response and /error

bool OnDemandEnvironment::may_post(http::Exchange& exchange, std::string_view request_id,
                                   std::string_view to) {
  if (!is_alive() || runtime_ != Runtime::kRunning) {
    refuse_transition(exchange, to);
    return false;
  }
  const auto echoed = exchange.request().header(wire::kRuntimeInvocationId);
  const bool is_too_late = !running_;
  if (is_too_late ? !echoed : request_id != running_->invocation().request_id) {
    runtime_reply::refuse(exchange, 400, wire::kInvalidRequestId, "Invalid request ID");
    return false;
  }
  if (is_too_late || (echoed && *echoed != running_->invocation().delivery_id)) {
    runtime_reply::refuse(exchange, 410, wire::kInvokeTimeout,
                          "The invocation this answers has ended");
    return false;
  }
  return true;
}

void OnDemandEnvironment::response(http::Exchange& exchange, std::string_view request_id) {
  if (!may_post(exchange, request_id, "InvocationResponse")) return;
  PostedOutcome posted = posted_response(exchange, context_.max_response_bytes);
  // The caller first: it has waited longest.
  end_with(std::move(posted.outcome), posted.produced_bytes);
  posted.reply_to(exchange, context_.max_response_bytes);
}

void OnDemandEnvironment::error(http::Exchange& exchange, std::string_view request_id) {
  if (!may_post(exchange, request_id, "InvocationErrorResponse")) return;
  PostedOutcome posted = posted_error(exchange);
  end_with(std::move(posted.outcome), posted.produced_bytes);
  posted.reply_to(exchange, context_.max_response_bytes);
}

}  // namespace thimble::emulator
