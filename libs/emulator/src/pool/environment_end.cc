// How an environment's processes end, wanted and unwanted.

#include <signal.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "thimble/wire/error_types.h"

#include "environment.h"
#include "supervisor/port_owner.h"

namespace thimble::emulator {
namespace {

// Lambda's budget for a shutdown with external extensions, and with internal ones only
// (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown).
constexpr Milliseconds kBudgetWithExternal{2000};
constexpr Milliseconds kBudgetWithInternal{500};
// The runtime's part of it when external extensions must be told afterwards.
constexpr int kRuntimePercent = 30;

std::string_view log_text(ShutdownReason reason) {
  switch (reason) {
    case ShutdownReason::kSpindown:
      return "SandboxTerminated";
    case ShutdownReason::kTimeout:
      return "Timeout";
    case ShutdownReason::kFailure:
      return "ReleaseFail";
  }
  return "";
}

}  // namespace

bool Environment::on_output(std::string_view bytes) {
  publish(FunctionOutput{.bytes = bytes, .request_id = output_request_id()});
  return has_room();
}

void Environment::drain_output() {
  if (process_) process_->drain_output();
}

std::optional<pid_t> Environment::runtime_process_at(std::uint16_t peer_port) const {
  if (!process_) return std::nullopt;
  return owner_of_port(process_->pid(), peer_port);
}

void Environment::resume_output() {
  if (process_) process_->resume_output();
  extensions_.resume_output();
}

void Environment::on_exit(const Exit& exit) {
  kill_runtime_.cancel();
  const std::string_view error_type =
      is_over_memory_limit() ? wire::kOutOfMemory : wire::kExitError;
  // The runtime may have posted and ended at once: its last words count.
  connections().read_pending();

  const bool is_expected = state_ == EnvironmentState::kResetting;
  publish(ProcessExited{.name = process_name_,
                        .how = exit.text(),
                        .error_type = is_expected ? std::string_view() : error_type});
  if (is_expected) return runtime_gone();

  const std::string reason = exit.is_clean()
                                 ? std::string("Runtime exited without providing a reason")
                                 : "Runtime exited with error: " + exit.text();
  if (state_ == EnvironmentState::kInitializing) {
    init_ended(false, error_type);
    publish(InitFailed{.error_type = {}, .reason = reason});
  }
  fail_invocations(platform_failure(Outcome::Kind::kExited, error_type, reason));
  shutdown_reason_ = ShutdownReason::kFailure;
  shutdown_deadline_ = now() + kBudgetWithExternal;
  publish(ResetStarted{.reason = log_text(shutdown_reason_)});
  publish(ResetWaiting{});
  become(EnvironmentState::kResetting);
  runtime_gone();
}

void Environment::on_extension_failed(std::string_view error_type, std::string_view reason) {
  if (state_ == EnvironmentState::kResetting) return;
  const std::string text(reason);
  if (is_over_memory_limit()) error_type = wire::kOutOfMemory;
  if (state_ == EnvironmentState::kStarting || state_ == EnvironmentState::kInitializing) {
    return fail_start(error_type, text);
  }
  fail_invocations(platform_failure(Outcome::Kind::kExited, error_type, text));
  reset(ShutdownReason::kFailure);
}

void Environment::time_out(const std::string& text) {
  if (is_starting()) init_ended(false, wire::kTimedOut);
  fail_invocations(platform_failure(Outcome::Kind::kTimedOut, wire::kTimedOut, text));
  if (context_.function.is_attached) return detach();
  reset(ShutdownReason::kTimeout);
}

void Environment::welcome_attached() {
  if (context_.function.is_attached && state_ == EnvironmentState::kStopped && !on_shut_down_)
    start();
}

void Environment::detach() {
  if (state_ == EnvironmentState::kInitializing) become(EnvironmentState::kResetting);
  if (state_ == EnvironmentState::kResetting) {
    extensions_.clear();
    runtime_ = Runtime::kStarted;
    has_failed_ = true;
    become(EnvironmentState::kStopped);
  }
  listener_.on_free();
}

void Environment::reset(ShutdownReason reason) {
  publish(ResetStarted{.reason = log_text(reason)});
  become(EnvironmentState::kResetting);
  end_processes(reason);
}

// The runtime first, then the extensions, which may want to tell somebody what it did.
void Environment::end_processes(ShutdownReason reason) {
  shutdown_reason_ = reason;
  const Milliseconds budget =
      extensions_.has_external() ? kBudgetWithExternal : kBudgetWithInternal;
  const SteadyTime begin = now();
  shutdown_deadline_ = begin + budget;
  if (process_ == nullptr) return runtime_gone();
  if (reason == ShutdownReason::kSpindown && !extensions_.empty()) {
    const Milliseconds share = extensions_.has_external() ? budget * kRuntimePercent / 100 : budget;
    process_->terminate();
    kill_runtime_.start_at(begin + share);
  } else {
    kill();
  }
  publish(ResetWaiting{});
}

void Environment::kill() {
  if (!process_) return;
  publish(ProcessKilled{.name = process_name_, .pid = process_->pid()});
  process_->kill();
}

void Environment::runtime_gone() {
  process_.reset();
  // What it sent before it ended may have begun its end.
  kill_runtime_.cancel();
  if (!extensions_.has_external()) return stopped();
  kill_extensions_.start_at(shutdown_deadline_);
  const auto left = shutdown_deadline_ - now();
  const auto deadline =
      context_.loop.clock().wall() + std::chrono::duration_cast<WallTime::duration>(left);
  extensions_.shut_down(shutdown_reason_, deadline);
}

void Environment::on_extensions_stopped() {
  if (state_ == EnvironmentState::kResetting && process_ == nullptr) stopped();
}

// Every process has been collected.
void Environment::stopped() {
  kill_extensions_.cancel();
  connections().close_connections();
  forget_parked();
  extensions_.clear();
  enclosure_.reset();
  runtime_ = Runtime::kStarted;
  has_failed_ = !std::exchange(is_retiring_, false);
  become(EnvironmentState::kStopped);
  if (on_shut_down_) {
    on_shut_down_();
  } else {
    on_stopped();
  }
}

void Environment::retire() {
  assert(state_ == EnvironmentState::kIdle);
  is_retiring_ = true;
  reset(ShutdownReason::kSpindown);
}

void Environment::shut_down(std::function<void()> on_shut_down) {
  on_shut_down_ = std::move(on_shut_down);
  drop_invocations();
  if (state_ == EnvironmentState::kStopped) return on_shut_down_();
  if (state_ != EnvironmentState::kResetting) reset(ShutdownReason::kSpindown);
}

}  // namespace thimble::emulator
