// What a runtime may say of its start, and when. The texts are the public emulator's.

#include <ctime>
#include <utility>

#include "thimble/json/writer.h"
#include "thimble/wire/error_types.h"
#include "thimble/wire/runtime_api.h"

#include "environment.h"
#include "error_body.h"
#include "posted_outcome.h"
#include "runtime_reply.h"

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
  const Outcome outcome = posted_init_error(exchange);
  accept(exchange);

  init_ended(false, outcome.error_type);
  publish(InitFailed{.error_type = outcome.error_type, .reason = outcome.error_type});
  publish(ResetStarted{.reason = "ReleaseFail"});
  become(EnvironmentState::kResetting);
  if (context_.function.is_attached) {
    fail_invocations(outcome);
    return detach();
  }
  // It may still have something to print.
  shutdown_reason_ = ShutdownReason::kFailure;
  shutdown_deadline_ = now() + kGraceAfterInitError + kShutdownAfterInitError;
  kill_runtime_.start_after(kGraceAfterInitError);
  fail_invocations(outcome);
}

// The snapshot is taken and restored in no time: nothing lies between them here.
void Environment::restore_next(http::Exchange& exchange) {
  welcome_attached();
  if (!is_alive() || runtime_ != Runtime::kStarted) {
    return refuse_transition(exchange, "RestoreReady");
  }
  runtime_ = Runtime::kRestoring;
  restore_started_ = now();
  publish(RestoreStarted{});
  exchange.reply({.status = 200, .content_type = kJson}, "");
}

void Environment::restore_ended(bool is_success, std::string_view error_type) {
  const Nanoseconds duration = now() - restore_started_;
  restore_duration_ = duration;
  publish(RestoreEnded{.is_success = is_success, .error_type = error_type, .duration = duration});
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
