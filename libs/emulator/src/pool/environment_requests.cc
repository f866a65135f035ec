// What a runtime may ask of its environment, and when. The texts are the public emulator's.

#include <array>
#include <ctime>
#include <utility>

#include "thimble/json/writer.h"
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
constexpr Milliseconds kShutdownAfterInitError{1500};

// The emulator's credentials never change; SDKs ask again before they expire.
constexpr std::chrono::minutes kCredentialsLast{30};

using runtime_reply::accept;
using runtime_reply::kJson;
using runtime_reply::refuse;

// 2026-11-23T09:22:24Z
std::string utc_text(WallTime time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text, length};
}

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
    case Runtime::kRestoring:
      return "Restoring";
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
  welcome_attached();
  if (!is_alive()) return refuse_transition(exchange, "Ready");
  switch (runtime_) {
    case Runtime::kRestoring:
      restore_ended(true, {});
      [[fallthrough]];
    case Runtime::kStarted:
      runtime_ = Runtime::kReady;
      park(exchange);
      context_.bus.publish(InitRuntimeDone{.is_during_invoke = has_failed_, .error_type = {}});
      if (extensions_.all_ready()) end_init();
      return;

    case Runtime::kReady:
      // Most likely the earlier connection is dead and does not know it yet.
      if (parked_ != nullptr) refuse_transition(*std::exchange(parked_, nullptr), "Ready");
      if (invocation_ != nullptr && state_ == EnvironmentState::kIdle) return deliver(exchange);
      return park(exchange);

    case Runtime::kRunning:
      // It was attached and too late.
      if (invocation_ == nullptr) return wait_for_invocation(exchange);
      // It has not received, or has lost, what it was given: the same again.
      return answer_next(exchange);

    case Runtime::kResponding:
      if (!broken_stream_.is_running()) return refuse_transition(exchange, "Ready");
      end_broken_stream();
      [[fallthrough]];
    case Runtime::kResponseSent:
      // Attached, and too late.
      if (invocation_ == nullptr) return wait_for_invocation(exchange);
      runtime_ = Runtime::kReady;
      park(exchange);
      return runtime_done();

    case Runtime::kInitError:
      return refuse_transition(exchange, "Ready");
  }
}

void Environment::wait_for_invocation(http::Exchange& exchange) {
  become(EnvironmentState::kIdle);
  runtime_ = Runtime::kReady;
  park(exchange);
  listener_.on_free();
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
  const std::string arn = context_.function.arn_of(invocation_->qualifier);
  headers[count++] = {wire::kRuntimeFunctionArn, arn};
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
  const auto echoed = exchange.request().header(wire::kRuntimeInvocationId);
  const bool is_too_late = invocation_ == nullptr;
  if (is_too_late ? !echoed : request_id != invocation_->request_id) {
    refuse(exchange, 400, wire::kInvalidRequestId, "Invalid request ID");
    return false;
  }
  if (is_too_late || (echoed && *echoed != invocation_->delivery_id)) {
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

// --- POST /runtime/init/error and /runtime/restore/error, GET /runtime/restore/next

void Environment::init_error(http::Exchange& exchange) {
  welcome_attached();
  if (!is_alive() || runtime_ != Runtime::kStarted) {
    return refuse_transition(exchange, "InitError");
  }
  start_failed(exchange);
}

void Environment::restore_error(http::Exchange& exchange) {
  if (!is_alive() || runtime_ != Runtime::kRestoring) {
    return refuse_transition(exchange, "RuntimeRestoreErrorState");
  }
  const auto type = exchange.request().header(wire::kFunctionErrorType);
  restore_ended(false, valid_error_type(type.value_or("")));
  start_failed(exchange);
}

// The runtime says that it cannot go on.
void Environment::start_failed(http::Exchange& exchange) {
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
  if (context_.function.is_attached) {
    fail_invocation(std::move(outcome));
    return detach();
  }
  // It may still have something to print.
  shutdown_reason_ = ShutdownReason::kFailure;
  shutdown_deadline_ = context_.loop.clock().now() + kGraceAfterInitError + kShutdownAfterInitError;
  kill_runtime_.start_after(kGraceAfterInitError);
  fail_invocation(std::move(outcome));
}

// The snapshot is taken and restored in no time: nothing lies between them here.
void Environment::restore_next(http::Exchange& exchange) {
  if (!is_alive() || runtime_ != Runtime::kStarted) {
    return refuse_transition(exchange, "RestoreReady");
  }
  runtime_ = Runtime::kRestoring;
  restore_started_ = context_.loop.clock().now();
  context_.bus.publish(RestoreStarted{});
  exchange.reply({.status = 200, .content_type = kJson}, "");
}

void Environment::restore_ended(bool is_success, std::string_view error_type) {
  context_.bus.publish(RestoreEnded{.is_success = is_success,
                                    .error_type = error_type,
                                    .duration = context_.loop.clock().now() - restore_started_});
}

// --- GET /2021-04-23/credentials

// The form of the container credential provider that every AWS SDK has
// (https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html).
void Environment::credentials(http::Exchange& exchange) {
  const auto token = exchange.request().header("Authorization");
  if (!token || *token != context_.function.credentials_token) {
    return exchange.reply({.status = 404, .content_type = "text/plain; charset=utf-8"},
                          "cannot get credentials for the provided token\n");
  }
  std::string body;
  json::Writer writer(body);
  writer.begin_object();
  writer.key("AccessKeyId").string(context_.env.value_or("AWS_ACCESS_KEY_ID", ""));
  writer.key("SecretAccessKey").string(context_.env.value_or("AWS_SECRET_ACCESS_KEY", ""));
  writer.key("Token").string(context_.env.value_or("AWS_SESSION_TOKEN", ""));
  writer.key("Expiration").string(utc_text(context_.loop.clock().wall() + kCredentialsLast));
  writer.end_object();
  exchange.reply({.status = 200, .content_type = kJson}, body);
}

void Environment::refuse_transition(http::Exchange& exchange, std::string_view to) {
  std::string message("State transition from ");
  message.append(name_of(runtime_)).append(" to ").append(to);
  message.append(" failed for runtime. Error: State transition is not allowed");
  refuse(exchange, 403, wire::kInvalidStateTransition, message);
}

}  // namespace thimble::emulator
