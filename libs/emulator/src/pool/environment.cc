#include "environment.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "thimble/wire/error_types.h"
#include "thimble/wire/extensions_api.h"

namespace thimble::emulator {
Environment::Environment(const EnvironmentContext& context, EnvironmentListener& listener)
    : context_(context),
      listener_(listener),
      timeout_(context.loop, [this] { on_timeout(); }),
      kill_runtime_(context.loop, [this] { kill(); }),
      kill_extensions_(context.loop, [this] { extensions_.kill(); }),
      extensions_({.loop = context.loop,
                   .children = context.children,
                   .bus = context.bus,
                   .ids = context.ids,
                   .function = context.function,
                   .env = context.env,
                   .inherited = context.inherited},
                  *this),
      broken_stream_(context.loop, [this] { end_broken_stream(); }) {}

Environment::~Environment() = default;

void Environment::become(EnvironmentState state) {
  assert(can_become(state_, state));
  state_ = state;
}

// --- The way of an invocation

void Environment::invoke(std::unique_ptr<Invocation> invocation) {
  assert(is_free());
  invocation_ = std::move(invocation);
  is_delivered_ = false;
  init_duration_.reset();
  produced_bytes_ = 0;
  if (context_.function.timeout) timeout_.start_after(*context_.function.timeout);
  if (state_ == EnvironmentState::kStopped) {
    start();
  } else if (parked_ != nullptr) {
    deliver(*std::exchange(parked_, nullptr));
  }
  // Else the runtime's connection broke while it waited: it will ask again, or the timeout comes.
}

void Environment::start() {
  become(EnvironmentState::kStarting);
  init_started_ = context_.loop.clock().now();
  runtime_ = Runtime::kStarted;
  process_name_ = context_.names.next();
  context_.bus.publish(InitStarted{.is_snap_start = context_.function.is_snap_start,
                                   .is_during_invoke = has_failed_});
  if (context_.function.is_attached) {
    extensions_.open_registration();
    return become(EnvironmentState::kInitializing);
  }
  if (auto started = extensions_.start(runtime_api()); !started) {
    return fail_start(wire::kExtensionLaunchErrorType, started.error().message);
  }
  // External extensions register before the runtime starts.
  if (extensions_.empty()) start_runtime();
}

void Environment::on_extensions_registered() {
  if (state_ == EnvironmentState::kStarting) start_runtime();
}

void Environment::start_runtime() {
  RuntimeStarting starting;
  for (const std::string_view name :
       {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}) {
    if (context_.env.value_or(name, "").empty()) starting.missing_credentials.push_back(name);
  }
  context_.bus.publish(starting);

  const Command& command = context_.function.command;
  auto process =
      Process::start(context_.loop, context_.children,
                     {.file = command.file,
                      .argv = command.argv,
                      .env = runtime_env(context_.env, context_.function, runtime_api()).entries(),
                      .working_directory = command.working_directory,
                      .inherited = context_.inherited},
                     *this);
  if (!process) {
    const bool is_folder = process.error().message.starts_with("the working directory");
    return fail_start(is_folder ? wire::kInvalidWorkingDir : wire::kInvalidEntrypoint,
                      process.error().message);
  }
  process_ = std::move(*process);
  become(EnvironmentState::kInitializing);
}

// Something could not be started, or did not come up.
void Environment::fail_start(std::string_view error_type, const std::string& reason) {
  init_ended(false, error_type);
  context_.bus.publish(InitFailed{.error_type = error_type, .reason = reason});
  has_failed_ = true;
  fail_invocation(platform_failure(Outcome::Kind::kExited, error_type, reason));
  if (process_ == nullptr && extensions_.empty()) {
    extensions_.clear();
    become(EnvironmentState::kStopped);
    return listener_.on_free();
  }
  reset(ShutdownReason::kFailure);
}

// The runtime and every extension wait for their first event.
void Environment::end_init() {
  init_ended(true, {});
  extensions_.close_registration();
  become(EnvironmentState::kIdle);
  if (invocation_ == nullptr) return listener_.on_free();
  if (parked_ != nullptr) deliver(*std::exchange(parked_, nullptr));
}

void Environment::on_extensions_ready() {
  if (runtime_ != Runtime::kReady) return;
  if (state_ == EnvironmentState::kInitializing) {
    end_init();
  } else if (state_ == EnvironmentState::kBusy) {
    finish_invocation();
  }
}

void Environment::init_ended(bool is_success, std::string_view error_type) {
  const Nanoseconds duration = context_.loop.clock().now() - init_started_;
  if (invocation_ != nullptr) init_duration_ = duration;
  // Of a success, and of a runtime that was not what failed, it has been told before.
  if (!is_success && runtime_ != Runtime::kReady) {
    context_.bus.publish(
        InitRuntimeDone{.is_during_invoke = has_failed_, .error_type = error_type});
  }
  context_.bus.publish(InitEnded{.is_success = is_success,
                                 .error_type = error_type,
                                 .duration = duration,
                                 .is_during_invoke = has_failed_});
}

void Environment::deliver(http::Exchange& exchange) {
  become(EnvironmentState::kBusy);
  runtime_ = Runtime::kRunning;
  is_delivered_ = true;
  delivered_ = context_.loop.clock().now();
  // Without a timeout the runtime must be told something all the same.
  const Seconds allowed = context_.function.timeout.value_or(std::chrono::hours(24));
  if (context_.function.timeout) timeout_.start_at(delivered_ + allowed);
  delivered_wall_ = context_.loop.clock().wall();
  const auto deadline =
      std::chrono::duration_cast<Milliseconds>((delivered_wall_ + allowed).time_since_epoch());
  deadline_ms_ = std::to_string(deadline.count());
  answer_next(exchange);
  context_.bus.publish(
      InvokeStarted{.request_id = invocation_->request_id,
                    .version = context_.function.version_of(invocation_->qualifier),
                    .trace_id = invocation_->trace_id});
  const std::string arn = context_.function.arn_of(invocation_->qualifier);
  extensions_.invoke({.request_id = invocation_->request_id,
                      .deadline_ms = deadline_ms_,
                      .arn = arn,
                      .trace_id = invocation_->trace_id});
}

// Tells the caller now; the log, and the next invocation, wait for the runtime's next /next.
void Environment::end_with(Outcome outcome, std::size_t produced_bytes) {
  runtime_ = Runtime::kResponseSent;
  produced_bytes_ = produced_bytes;
  responded_ = context_.loop.clock().now();
  response_duration_ = {};
  context_.bus.publish(InvokeResponded{.request_id = invocation_->request_id,
                                       .produced_bytes = produced_bytes,
                                       .is_error = outcome.kind != Outcome::Kind::kResponse});
  invocation_->end(std::move(outcome));
}

// The runtime has asked for the next invocation; extensions may still be busy with this one.
void Environment::runtime_done() {
  // What it wrote before it asked for more belongs to the invocation it has finished.
  if (process_) process_->drain_output();
  context_.bus.publish(InvokeRuntimeDone{.request_id = invocation_->request_id,
                                         .produced_bytes = produced_bytes_,
                                         .duration = context_.loop.clock().now() - delivered_,
                                         .trace_id = invocation_->trace_id,
                                         .started = delivered_wall_,
                                         .response_latency = responded_ - delivered_,
                                         .response_duration = response_duration_});
  if (extensions_.all_ready()) finish_invocation();
}

void Environment::finish_invocation() {
  timeout_.cancel();
  extensions_.drain_output();
  const auto finished = std::move(invocation_);
  report(*finished, {});
  finished->reported();
  become(EnvironmentState::kIdle);
  listener_.on_free();
}

void Environment::fail_invocation(Outcome outcome) {
  timeout_.cancel();
  if (invocation_ == nullptr) return;
  drop_stream();
  // Moved out: telling the caller may bring the next invocation.
  const auto failed = std::move(invocation_);
  if (!is_delivered_) {
    context_.bus.publish(InvokeStarted{.request_id = failed->request_id,
                                       .version = context_.function.version_of(failed->qualifier),
                                       .trace_id = failed->trace_id});
  }
  context_.bus.publish(InvokeFailed{.request_id = failed->request_id,
                                    .error_type = outcome.error_type,
                                    .reason = outcome.reason,
                                    .is_timeout = outcome.kind == Outcome::Kind::kTimedOut,
                                    .trace_id = failed->trace_id,
                                    .duration = invocation_duration()});
  report(*failed, outcome.error_type);
  failed->reported();
  failed->end(std::move(outcome));
}

Nanoseconds Environment::invocation_duration() const {
  // An init that failed is all there was: it is the invocation's duration.
  const Nanoseconds duration =
      context_.loop.clock().now() - (is_delivered_ ? delivered_ : init_started_);
  if (!context_.function.timeout) return duration;
  return std::min<Nanoseconds>(duration, *context_.function.timeout);
}

void Environment::report(const Invocation& invocation, std::string_view error_type) {
  context_.bus.publish(
      InvokeReported{.request_id = invocation.request_id,
                     .init_duration = is_delivered_ ? init_duration_ : std::nullopt,
                     .duration = invocation_duration(),
                     .memory_size_mb = context_.function.memory_mb,
                     .max_memory_used_bytes = process_ ? process_->max_memory_bytes() : 0,
                     .error_type = error_type,
                     .trace_id = invocation.trace_id});
}

}  // namespace thimble::emulator
