// Lambda's Init phase: an init that is no part of an invocation, and what becomes of it when it
// fails (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html).

#include <algorithm>
#include <cassert>
#include <optional>
#include <string>
#include <utility>

#include "on_demand_environment.h"

namespace thimble::emulator {
namespace {

constexpr Seconds kInitPhaseLimit{10};
// Before a snapshot is taken there is more time, at least this.
constexpr Seconds kSnapStartInitPhaseLimit{130};

// None if the function has no timeout: then somebody debugs.
std::optional<Seconds> init_phase_limit(const Function& function) {
  if (!function.timeout) return std::nullopt;
  if (function.is_snap_start) return std::max(kSnapStartInitPhaseLimit, *function.timeout);
  return kInitPhaseLimit;
}

std::string after(std::optional<Seconds> limit) {
  return " timed out after " + std::to_string(limit.value_or(Seconds(0)).count()) + ".00 seconds";
}

}  // namespace

void OnDemandEnvironment::prepare() {
  assert(is_stopped() && !context_.function.is_attached);
  has_failed_ = false;
  start_init_phase();
}

void OnDemandEnvironment::start_init_phase() {
  is_init_phase_ = true;
  if (const auto limit = init_phase_limit(context_.function)) timeout_.start_after(*limit);
  start();
}

// What comes now is the invocation's time, if there is one.
void OnDemandEnvironment::end_init_phase() {
  if (!std::exchange(is_init_phase_, false)) return;
  timeout_.cancel();
  if (running_ && context_.function.timeout) timeout_.start_after(*context_.function.timeout);
}

void OnDemandEnvironment::on_timeout() {
  if (is_in_init_phase()) return time_out("Init" + after(init_phase_limit(context_.function)));
  time_out("Task" + after(context_.function.timeout));
}

void OnDemandEnvironment::start_for_invocation() {
  if (context_.function.repeats_init && !has_failed_) return start_init_phase();
  is_init_phase_ = false;
  if (context_.function.timeout) timeout_.start_after(*context_.function.timeout);
  start();
  // An attached runtime may wait since before.
  if (context_.function.is_attached && parked_ != nullptr) runtime_is_ready();
}

// An invocation that waited for the Init phase that failed has it started again.
void OnDemandEnvironment::on_stopped() {
  if (running_) return start_for_invocation();
  // After a failure Lambda starts again in the same environment. With --cold the next invocation
  // gets another.
  if (context_.function.is_cold) has_failed_ = false;
  Environment::on_stopped();
}

}  // namespace thimble::emulator
