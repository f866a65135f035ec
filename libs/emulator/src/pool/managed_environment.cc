#include "managed_environment.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "thimble/wire/error_types.h"
#include "thimble/wire/runtime_api.h"

#include "runtime_reply.h"
#include "supervisor/port_owner.h"

namespace thimble::emulator {
namespace {

// How long an init may take, and how long at most if the function's timeout is longer
// (https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances-execution-environment.html).
constexpr Seconds kInitAtLeast{130};
constexpr Seconds kInitAtMost{15 * 60};

// A process closes its connections before it counts as ended.
constexpr Milliseconds kBetweenLooks{20};
constexpr int kLooks = 50;
// An attached runtime's process; it has ended when it has no connection.
constexpr pid_t kUnknown = 0;

}  // namespace

ManagedEnvironment::ManagedEnvironment(const EnvironmentContext& context,
                                       EnvironmentListener& listener)
    : Environment(context, listener),
      init_timeout_(context.loop, [this] { time_out("Init timed out"); }),
      bury_(context.loop, [this] { ended_.clear(); }),
      look_(context.loop, [this] { look_for_the_dead(); }) {}

ManagedEnvironment::~ManagedEnvironment() = default;

bool ManagedEnvironment::is_free() const {
  return state() != EnvironmentState::kResetting && !is_shutting_down() &&
         taken_.size() < context_.function.max_concurrency;
}

void ManagedEnvironment::prepare() {
  if (is_stopped() && !context_.function.is_attached) start_init();
}

void ManagedEnvironment::start_init() {
  if (const auto timeout = context_.function.timeout)
    init_timeout_.start_after(std::clamp(*timeout, kInitAtLeast, kInitAtMost));
  start();
  // An attached runtime may wait since before.
  if (context_.function.is_attached && !parked_.empty()) runtime_is_ready();
}

void ManagedEnvironment::invoke(std::unique_ptr<Invocation> invocation) {
  assert(is_free());
  taken_.push_back(std::make_unique<ManagedInvocation>(
      context_, std::move(invocation), static_cast<ManagedInvocationListener&>(*this)));
  if (is_stopped()) return start_init();
  if (is_starting()) return;
  taken_.back()->start_timeout();
  hand_out();
}

void ManagedEnvironment::on_initialized() {
  init_timeout_.cancel();
  for (const auto& each : taken_) each->start_timeout();
  hand_out();
  listener_.on_free();
}

void ManagedEnvironment::hand_out() {
  for (const auto& each : taken_) {
    if (parked_.empty()) return;
    if (each->is_delivered()) continue;
    http::Exchange* const exchange = parked_.front();
    parked_.pop_front();
    watch(*exchange, *each);
    each->deliver(*exchange);
  }
}

// --- What the runtime asks

void ManagedEnvironment::next(http::Exchange& exchange) {
  welcome_attached();
  if (!is_alive() || runtime_ == Runtime::kInitError) return refuse_transition(exchange, "Ready");
  park(exchange);
  if (runtime_ == Runtime::kStarted) return runtime_is_ready();
  if (state() == EnvironmentState::kIdle) hand_out();
}

void ManagedEnvironment::park(http::Exchange& exchange) {
  parked_.push_back(&exchange);
  exchange.on_gone([this, &exchange] { std::erase(parked_, &exchange); });
}

ManagedInvocation* ManagedEnvironment::find(http::Exchange& exchange, std::string_view request_id) {
  const auto echoed = exchange.request().header(wire::kRuntimeInvocationId);
  const auto found = std::ranges::find_if(taken_, [&](const auto& each) {
    return each->is_delivered() && each->invocation().request_id == request_id;
  });
  const bool is_running = found != taken_.end() && !(*found)->is_streaming();
  if (is_running && (!echoed || *echoed == (*found)->invocation().delivery_id)) return found->get();
  if (echoed) {
    runtime_reply::refuse(exchange, 410, wire::kInvokeTimeout,
                          "The invocation this answers has ended");
  } else {
    runtime_reply::refuse(exchange, 400, wire::kInvalidRequestId, "Invalid request ID");
  }
  return nullptr;
}

void ManagedEnvironment::response(http::Exchange& exchange, std::string_view request_id) {
  ManagedInvocation* const invocation = find(exchange, request_id);
  if (invocation == nullptr) return;
  finish(exchange, *invocation, posted_response(exchange, context_.max_response_bytes));
}

void ManagedEnvironment::error(http::Exchange& exchange, std::string_view request_id) {
  ManagedInvocation* const invocation = find(exchange, request_id);
  if (invocation != nullptr) finish(exchange, *invocation, posted_error(exchange));
}

void ManagedEnvironment::finish(http::Exchange& exchange, ManagedInvocation& invocation,
                                PostedOutcome posted) {
  auto finished = take_out(invocation);
  // The caller first: it has waited longest.
  finished->respond(std::move(posted.outcome), posted.produced_bytes);
  posted.reply_to(exchange, context_.max_response_bytes);
  report(std::move(finished));
}

void ManagedEnvironment::response_begins(http::Exchange& exchange, std::string_view request_id) {
  const auto found = std::ranges::find_if(taken_, [&](const auto& each) {
    return each->is_delivered() && each->invocation().request_id == request_id;
  });
  if (found == taken_.end() || (*found)->invocation().stream == nullptr) return;
  if (!is_streamed(exchange.request())) return;
  if (ManagedInvocation* const invocation = find(exchange, request_id))
    invocation->stream(exchange);
}

// --- How invocations end

std::unique_ptr<ManagedInvocation> ManagedEnvironment::take_out(
    const ManagedInvocation& invocation) {
  const auto found =
      std::ranges::find(taken_, &invocation, &std::unique_ptr<ManagedInvocation>::get);
  assert(found != taken_.end());
  auto taken = std::move(*found);
  taken_.erase(found);
  return taken;
}

void ManagedEnvironment::report(std::unique_ptr<ManagedInvocation> finished) {
  // What the runtime wrote before it posted the response comes before END.
  drain_output();
  finished->report_response(max_memory_bytes());
  bury(std::move(finished));
  listener_.on_free();
}

void ManagedEnvironment::on_stream_done(ManagedInvocation& invocation, Outcome outcome) {
  auto finished = take_out(invocation);
  finished->respond(std::move(outcome), 0);
  report(std::move(finished));
}

void ManagedEnvironment::on_timeout(ManagedInvocation& invocation) {
  auto late = take_out(invocation);
  const bool nobody_asks =
      !late->is_delivered() &&
      std::ranges::none_of(taken_, [](const auto& each) { return each->is_delivered(); });
  const Seconds timeout = context_.function.timeout.value_or(Seconds(0));
  late->fail(
      platform_failure(Outcome::Kind::kTimedOut, wire::kTimedOut,
                       "Task timed out after " + std::to_string(timeout.count()) + ".00 seconds"),
      max_memory_bytes());
  bury(std::move(late));
  if (nobody_asks && state() == EnvironmentState::kIdle && !context_.function.is_attached) {
    // The others go to the runtime that is started next.
    for (const auto& each : taken_) each->stop_timeout();
    return reset(ShutdownReason::kTimeout);
  }
  listener_.on_free();
}

// --- Processes that end alone

void ManagedEnvironment::watch(http::Exchange& exchange, const ManagedInvocation& invocation) {
  const std::uint16_t port = exchange.peer_port();
  if (!processes_.contains(port)) {
    const auto process = runtime_process_at(port);
    if (!process && !context_.function.is_attached) return;
    processes_.emplace(port, process.value_or(kUnknown));
  }
  exchange.on_closed([this, port, request_id = invocation.invocation().request_id] {
    on_connection_closed(port, request_id);
  });
}

void ManagedEnvironment::on_connection_closed(std::uint16_t port, const std::string& request_id) {
  const auto found = processes_.find(port);
  if (found == processes_.end()) return;
  suspects_.push_back({.request_id = request_id, .process = found->second, .looks_left = kLooks});
  processes_.erase(found);
  look_.start_after(kBetweenLooks);
}

void ManagedEnvironment::look_for_the_dead() {
  for (Suspect& suspect : std::exchange(suspects_, {})) {
    const auto running = std::ranges::find_if(taken_, [&](const auto& each) {
      return each->is_delivered() && each->invocation().request_id == suspect.request_id;
    });
    if (running == taken_.end()) continue;
    if (suspect.process == kUnknown ? connections().any() : !has_ended(suspect.process)) {
      if (--suspect.looks_left > 0) suspects_.push_back(std::move(suspect));
      continue;
    }
    auto failed = take_out(**running);
    failed->fail(platform_failure(Outcome::Kind::kExited, wire::kExitError,
                                  "Runtime exited without providing a reason"),
                 max_memory_bytes());
    bury(std::move(failed));
    listener_.on_free();
  }
  if (!suspects_.empty()) look_.start_after(kBetweenLooks);
}

void ManagedEnvironment::on_stopped() {
  processes_.clear();
  suspects_.clear();
  if (!taken_.empty()) start_init();
  listener_.on_free();
}

void ManagedEnvironment::fail_invocations(const Outcome& outcome) {
  init_timeout_.cancel();
  // Telling the callers may bring the next invocations.
  for (auto& each : std::exchange(taken_, {})) {
    each->fail(outcome, max_memory_bytes());
    bury(std::move(each));
  }
}

void ManagedEnvironment::drop_invocations() {
  init_timeout_.cancel();
  for (const auto& each : std::exchange(taken_, {})) each->drop();
}

// It may be one of its own functions that has ended it.
void ManagedEnvironment::bury(std::unique_ptr<ManagedInvocation> invocation) {
  ended_.push_back(std::move(invocation));
  bury_.schedule();
}

}  // namespace thimble::emulator
