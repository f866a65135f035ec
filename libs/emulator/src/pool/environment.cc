#include "environment.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "thimble/wire/error_types.h"

namespace thimble::emulator {
namespace {

std::string timeout_text(Seconds timeout) {
  return "Task timed out after " + std::to_string(timeout.count()) + ".00 seconds";
}

Outcome platform_failure(Outcome::Kind kind, std::string_view type, std::string reason) {
  Outcome outcome{.kind = kind};
  outcome.error_type = type;
  outcome.reason = std::move(reason);
  return outcome;
}

}  // namespace

Environment::Environment(const EnvironmentContext& context, EnvironmentListener& listener)
    : context_(context),
      listener_(listener),
      timeout_(context.loop, [this] { on_timeout(); }),
      kill_after_init_error_(context.loop, [this] { kill(); }),
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
  process_name_ = "runtime-" + std::to_string(1 + 2 * generation_++);
  context_.bus.publish(InitStarted{.is_during_invoke = has_failed_});

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
                      .env = runtime_env(context_.env, context_.function, runtime_api_).entries(),
                      .working_directory = command.working_directory,
                      .inherited = context_.inherited},
                     *this);
  if (!process) {
    const std::string_view type = process.error().message.starts_with("the working directory")
                                      ? wire::kInvalidWorkingDir
                                      : wire::kInvalidEntrypoint;
    init_ended(false, type);
    context_.bus.publish(InitFailed{.error_type = type, .reason = process.error().message});
    has_failed_ = true;
    fail_invocation(platform_failure(Outcome::Kind::kExited, type, process.error().message));
    become(EnvironmentState::kStopped);
    listener_.on_free();
    return;
  }
  process_ = std::move(*process);
  become(EnvironmentState::kInitializing);
}

void Environment::init_ended(bool is_success, std::string_view error_type) {
  const Nanoseconds duration = context_.loop.clock().now() - init_started_;
  if (invocation_ != nullptr) init_duration_ = duration;
  context_.bus.publish(
      InitEnded{.is_success = is_success, .error_type = error_type, .duration = duration});
}

void Environment::deliver(http::Exchange& exchange) {
  become(EnvironmentState::kBusy);
  runtime_ = Runtime::kRunning;
  is_delivered_ = true;
  delivered_ = context_.loop.clock().now();
  // Without a timeout the runtime must be told something all the same.
  const Seconds allowed = context_.function.timeout.value_or(std::chrono::hours(24));
  if (context_.function.timeout) timeout_.start_at(delivered_ + allowed);
  const auto deadline = std::chrono::duration_cast<Milliseconds>(
      (context_.loop.clock().wall() + allowed).time_since_epoch());
  deadline_ms_ = std::to_string(deadline.count());
  answer_next(exchange);
  context_.bus.publish(InvokeStarted{.request_id = invocation_->request_id,
                                     .version = context_.function.version,
                                     .trace_id = invocation_->trace_id});
}

// Tells the caller now; the log, and the next invocation, wait for the runtime's next /next.
void Environment::end_with(Outcome outcome, std::size_t produced_bytes) {
  runtime_ = Runtime::kResponseSent;
  produced_bytes_ = produced_bytes;
  context_.bus.publish(InvokeResponded{.request_id = invocation_->request_id,
                                       .produced_bytes = produced_bytes,
                                       .is_error = outcome.kind != Outcome::Kind::kResponse});
  invocation_->end(std::move(outcome));
}

void Environment::finish_invocation() {
  timeout_.cancel();
  // What the runtime wrote before it asked for more belongs to the invocation it has finished.
  process_->drain_output();
  const auto finished = std::move(invocation_);
  context_.bus.publish(InvokeRuntimeDone{.request_id = finished->request_id,
                                         .produced_bytes = produced_bytes_,
                                         .duration = context_.loop.clock().now() - delivered_});
  report(*finished);
}

void Environment::fail_invocation(Outcome outcome) {
  timeout_.cancel();
  if (invocation_ == nullptr) return;
  drop_stream();
  // Moved out: telling the caller may bring the next invocation.
  const auto failed = std::move(invocation_);
  if (!is_delivered_) {
    context_.bus.publish(InvokeStarted{.request_id = failed->request_id,
                                       .version = context_.function.version,
                                       .trace_id = failed->trace_id});
  }
  context_.bus.publish(InvokeFailed{.request_id = failed->request_id,
                                    .error_type = outcome.error_type,
                                    .reason = outcome.reason,
                                    .is_timeout = outcome.kind == Outcome::Kind::kTimedOut});
  report(*failed);
  failed->end(std::move(outcome));
}

void Environment::report(const Invocation& invocation) {
  // An init that failed is all there was: it is the invocation's duration.
  Nanoseconds duration = context_.loop.clock().now() - (is_delivered_ ? delivered_ : init_started_);
  if (context_.function.timeout)
    duration = std::min<Nanoseconds>(duration, *context_.function.timeout);
  context_.bus.publish(
      InvokeReported{.request_id = invocation.request_id,
                     .init_duration = is_delivered_ ? init_duration_ : std::nullopt,
                     .duration = duration,
                     .memory_size_mb = context_.function.memory_mb,
                     .max_memory_used_bytes = process_ ? process_->max_memory_bytes() : 0});
}

// --- Ends, wanted and unwanted

bool Environment::on_output(std::string_view bytes) {
  context_.bus.publish(FunctionOutput{.bytes = bytes});
  return !has_room_ || has_room_();
}

void Environment::resume_output() {
  if (process_) process_->resume_output();
}

void Environment::on_exit(const Exit& exit) {
  kill_after_init_error_.cancel();
  // The runtime may have posted and ended at once: its last words count.
  connections_->read_pending();

  const bool is_expected = state_ == EnvironmentState::kResetting;
  context_.bus.publish(
      ProcessExited{.name = process_name_,
                    .how = exit.text(),
                    .error_type = is_expected ? std::string_view() : wire::kExitError});
  if (!is_expected) {
    const std::string reason = exit.is_clean()
                                   ? std::string("Runtime exited without providing a reason")
                                   : "Runtime exited with error: " + exit.text();
    if (state_ == EnvironmentState::kInitializing) {
      init_ended(false, wire::kExitError);
      context_.bus.publish(InitFailed{.error_type = {}, .reason = reason});
    }
    fail_invocation(platform_failure(Outcome::Kind::kExited, wire::kExitError, reason));
    context_.bus.publish(ResetStarted{.reason = "ReleaseFail"});
    context_.bus.publish(ResetWaiting{});
    become(EnvironmentState::kResetting);
  }
  stopped();
}

void Environment::on_timeout() {
  const std::string text = timeout_text(context_.function.timeout.value_or(Seconds(0)));
  if (state_ == EnvironmentState::kInitializing) init_ended(false, wire::kTimedOut);
  fail_invocation(platform_failure(Outcome::Kind::kTimedOut, wire::kTimedOut, text));
  reset("Timeout");
}

void Environment::reset(std::string_view reason) {
  context_.bus.publish(ResetStarted{.reason = reason});
  become(EnvironmentState::kResetting);
  kill();
  context_.bus.publish(ResetWaiting{});
}

void Environment::kill() {
  if (!process_) return;
  context_.bus.publish(ProcessKilled{.name = process_name_, .pid = process_->pid()});
  process_->kill();
}

// Every process has been collected.
void Environment::stopped() {
  connections_->close_connections();
  parked_ = nullptr;
  process_.reset();
  runtime_ = Runtime::kStarted;
  has_failed_ = true;
  become(EnvironmentState::kStopped);
  if (on_stopped_) {
    on_stopped_();
  } else {
    listener_.on_free();
  }
}

void Environment::shut_down(std::function<void()> on_stopped) {
  timeout_.cancel();
  on_stopped_ = std::move(on_stopped);
  if (invocation_ != nullptr) {
    drop_stream();
    const auto dropped = std::move(invocation_);
    dropped->end({.kind = Outcome::Kind::kShutDown});
  }
  if (state_ == EnvironmentState::kStopped) return on_stopped_();
  if (state_ != EnvironmentState::kResetting) reset("SandboxTerminated");
}

}  // namespace thimble::emulator
