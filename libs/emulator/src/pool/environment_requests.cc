// What a runtime may ask of its environment, and when. The texts are the public emulator's.

#include <array>
#include <utility>

#include "thimble/wire/error_types.h"
#include "thimble/wire/runtime_api.h"

#include "environment.h"
#include "error_body.h"
#include "runtime_reply.h"
#include "streamed_response.h"

namespace thimble::emulator {
namespace {

// How long a runtime that has reported its failed start may take to end by itself.
constexpr Milliseconds kGraceAfterInitError{500};

using runtime_reply::accept;
using runtime_reply::kJson;
using runtime_reply::refuse;

std::string_view content_type_of(const http::Exchange& exchange) {
  return exchange.request().header("Content-Type").value_or("");
}

// The body as an outcome's; the exchange keeps nothing.
std::shared_ptr<const Buffer> take_body(http::Exchange& exchange) {
  return std::make_shared<const Buffer>(std::move(exchange.body()));
}

}  // namespace

std::string_view Environment::name_of(Runtime runtime) {
  switch (runtime) {
    case Runtime::kStarted:
      return "Started";
    case Runtime::kInitError:
      return "InitError";
    case Runtime::kReady:
      return "Ready";
    case Runtime::kRunning:
      return "Running";
    case Runtime::kResponding:
      return "InvocationResponse";
    case Runtime::kResponseSent:
      return "RuntimeResponseSentState";
  }
  return "";
}

bool Environment::is_alive() const {
  return state_ == EnvironmentState::kInitializing || state_ == EnvironmentState::kIdle ||
         state_ == EnvironmentState::kBusy;
}

// --- GET /runtime/invocation/next

void Environment::next(http::Exchange& exchange) {
  if (!is_alive()) return refuse_transition(exchange, "Ready");
  switch (runtime_) {
    case Runtime::kStarted:
      init_ended(true, {});
      become(EnvironmentState::kIdle);
      runtime_ = Runtime::kReady;
      if (invocation_ != nullptr) return deliver(exchange);
      park(exchange);
      return listener_.on_free();

    case Runtime::kReady:
      // Most likely the earlier connection is dead and does not know it yet.
      if (parked_ != nullptr) refuse_transition(*std::exchange(parked_, nullptr), "Ready");
      if (invocation_ != nullptr) return deliver(exchange);
      return park(exchange);

    case Runtime::kRunning:
      // It has not received, or has lost, what it was given: the same again.
      return answer_next(exchange);

    case Runtime::kResponding:
      if (!broken_stream_.is_running()) return refuse_transition(exchange, "Ready");
      end_broken_stream();
      [[fallthrough]];
    case Runtime::kResponseSent:
      finish_invocation();
      become(EnvironmentState::kIdle);
      runtime_ = Runtime::kReady;
      park(exchange);
      return listener_.on_free();

    case Runtime::kInitError:
      return refuse_transition(exchange, "Ready");
  }
}

void Environment::park(http::Exchange& exchange) {
  parked_ = &exchange;
  exchange.on_gone([this] { parked_ = nullptr; });
}

void Environment::answer_next(http::Exchange& exchange) {
  std::array<http::Header, 7> headers;
  std::size_t count = 0;
  headers[count++] = {wire::kRuntimeRequestId, invocation_->request_id};
  headers[count++] = {wire::kRuntimeInvocationId, invocation_->delivery_id};
  headers[count++] = {wire::kRuntimeDeadlineMs, deadline_ms_};
  headers[count++] = {wire::kRuntimeFunctionArn, context_.function.arn};
  headers[count++] = {wire::kRuntimeTraceId, invocation_->trace_id};
  if (!invocation_->client_context.empty()) {
    headers[count++] = {wire::kRuntimeClientContext, invocation_->client_context};
  }
  if (!invocation_->tenant_id.empty())
    headers[count++] = {wire::kRuntimeTenantId, invocation_->tenant_id};
  exchange.reply({.status = 200, .content_type = kJson, .headers = {headers.data(), count}},
                 invocation_->payload);
}

// --- POST /runtime/invocation/{id}/response and /error

bool Environment::may_post(http::Exchange& exchange, std::string_view request_id,
                           std::string_view to) {
  if (!is_alive() || runtime_ != Runtime::kRunning) {
    refuse_transition(exchange, to);
    return false;
  }
  if (request_id != invocation_->request_id) {
    refuse(exchange, 400, wire::kInvalidRequestId, "Invalid request ID");
    return false;
  }
  const auto echoed = exchange.request().header(wire::kRuntimeInvocationId);
  if (echoed && *echoed != invocation_->delivery_id) {
    refuse(exchange, 410, wire::kInvokeTimeout, "The invocation this answers has ended");
    return false;
  }
  return true;
}

void Environment::response(http::Exchange& exchange, std::string_view request_id) {
  if (!may_post(exchange, request_id, "InvocationResponse")) return;

  const auto mode = exchange.request().header(wire::kResponseMode);
  if (mode && !mode->empty() && *mode != wire::kStreamingMode) {
    Outcome outcome{.kind = Outcome::Kind::kInvalidResponseMode};
    outcome.error_type = wire::kInvalidResponseMode;
    outcome.reason = "Invalid function response mode";
    refuse(exchange, 400, wire::kInvalidFunctionResponseMode, outcome.reason);
    return end_with(std::move(outcome), 0);
  }
  if (exchange.body_too_large()) {
    const std::string limit = std::to_string(context_.max_response_bytes);
    Outcome outcome{.kind = Outcome::Kind::kResponseTooLarge};
    outcome.error_type = wire::kResponseSizeTooLarge;
    outcome.reason = "Response payload size (" + std::to_string(exchange.body_size()) +
                     " bytes) exceeded maximum allowed payload size (" + limit + " bytes).";
    refuse(exchange, 413, wire::kRequestEntityTooLarge,
           "Exceeded maximum allowed payload size (" + limit + " bytes).");
    return end_with(std::move(outcome), 0);
  }

  Outcome outcome{.kind = Outcome::Kind::kResponse};
  if (auto error = stream_error(exchange.trailers())) {
    outcome = outcome_of(std::move(*error));
  } else {
    outcome.content_type = content_type_of(exchange);
    outcome.body = take_body(exchange);
  }
  const std::size_t size = outcome.body->size();
  // The caller first: it has waited longest.
  end_with(std::move(outcome), size);
  accept(exchange);
}

void Environment::error(http::Exchange& exchange, std::string_view request_id) {
  if (!may_post(exchange, request_id, "InvocationErrorResponse")) return;
  Outcome outcome{.kind = Outcome::Kind::kFunctionError};
  outcome.error_type =
      valid_error_type(exchange.request().header(wire::kFunctionErrorType).value_or(""));
  outcome.content_type = content_type_of(exchange);
  if (outcome.content_type == wire::kErrorWithCauseType) {
    auto stripped = without_cause(exchange.body().view());
    outcome.content_type = stripped ? kJson : "application/octet-stream";
    auto body = std::make_shared<Buffer>();
    body->append(stripped ? std::string_view(*stripped) : kInvalidErrorBody);
    outcome.body = std::move(body);
  } else {
    outcome.body = take_body(exchange);
  }
  const std::size_t size = outcome.body->size();
  end_with(std::move(outcome), size);
  accept(exchange);
}

// --- POST /runtime/init/error

void Environment::init_error(http::Exchange& exchange) {
  if (!is_alive() || runtime_ != Runtime::kStarted) return refuse_transition(exchange, "InitError");
  runtime_ = Runtime::kInitError;
  Outcome outcome{.kind = Outcome::Kind::kInitError};
  outcome.error_type =
      valid_error_type(exchange.request().header(wire::kFunctionErrorType).value_or(""));
  outcome.reason = "the runtime reported an init error";
  outcome.content_type = kJson;
  outcome.body = take_body(exchange);
  accept(exchange);

  init_ended(false, outcome.error_type);
  context_.bus.publish(InitFailed{.error_type = outcome.error_type, .reason = outcome.error_type});
  context_.bus.publish(ResetStarted{.reason = "ReleaseFail"});
  become(EnvironmentState::kResetting);
  // It may still have something to print.
  kill_after_init_error_.start_after(kGraceAfterInitError);
  fail_invocation(std::move(outcome));
}

void Environment::refuse_transition(http::Exchange& exchange, std::string_view to) {
  std::string message("State transition from ");
  message.append(name_of(runtime_)).append(" to ").append(to);
  message.append(" failed for runtime. Error: State transition is not allowed");
  refuse(exchange, 403, wire::kInvalidStateTransition, message);
}

}  // namespace thimble::emulator
