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
      extensions_({.loop = context.loop,
                   .children = context.children,
                   .bus = context.bus,
                   .ids = context.ids,
                   .function = context.function,
                   .env = context.env,
                   .inherited = context.inherited},
                  *this),
      kill_runtime_(context.loop, [this] { kill(); }),
      kill_extensions_(context.loop, [this] { extensions_.kill(); }),
      look_at_memory_(context.loop, [this] { look_at_memory(); }) {}

Environment::~Environment() = default;

void Environment::become(EnvironmentState state) {
  assert(can_become(state_, state));
  state_ = state;
}

void Environment::start() {
  become(EnvironmentState::kStarting);
  init_started_ = now();
  restore_duration_.reset();
  runtime_ = Runtime::kStarted;
  process_name_ = context_.names.next();
  publish(InitStarted{.initialization_type = context_.function.initialization_type(),
                      .is_during_invoke = has_failed_});
  if (context_.function.is_attached) {
    extensions_.open_registration();
    return become(EnvironmentState::kInitializing);
  }
  if (context_.enforcement != nullptr) {
    auto enclosure = context_.enforcement->enclose();
    if (!enclosure) return fail_start(wire::kExitError, enclosure.error().message);
    enclosure_ = std::move(*enclosure);
  }
  if (auto started = extensions_.start(runtime_api(), confinement()); !started) {
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
  publish(starting);

  const Command& command = context_.function.command;
  auto process =
      Process::start(context_.loop, context_.children,
                     {.file = command.file,
                      .argv = command.argv,
                      .env = runtime_env(context_.env, context_.function, runtime_api()).entries(),
                      .working_directory = command.working_directory,
                      .inherited = context_.inherited,
                      .confinement = confinement()},
                     *this);
  if (!process) {
    const bool is_folder = process.error().message.starts_with("the working directory");
    return fail_start(is_folder ? wire::kInvalidWorkingDir : wire::kInvalidEntrypoint,
                      process.error().message);
  }
  process_ = std::move(*process);
  become(EnvironmentState::kInitializing);
  watch_memory();
}

// Something could not be started, or did not come up.
void Environment::fail_start(std::string_view error_type, const std::string& reason) {
  init_ended(false, error_type);
  publish(InitFailed{.error_type = error_type, .reason = reason});
  has_failed_ = true;
  fail_invocations(platform_failure(Outcome::Kind::kExited, error_type, reason));
  if (process_ == nullptr && extensions_.empty()) {
    extensions_.clear();
    enclosure_.reset();
    become(EnvironmentState::kStopped);
    return on_stopped();
  }
  reset(ShutdownReason::kFailure);
}

// The runtime and every extension wait for their first event.
void Environment::end_init() {
  init_ended(true, {});
  extensions_.close_registration();
  become(EnvironmentState::kIdle);
  on_initialized();
}

void Environment::runtime_is_ready() {
  // What it wrote before belongs to the init.
  drain_output();
  if (runtime_ == Runtime::kRestoring) restore_ended(true, {});
  runtime_ = Runtime::kReady;
  publish(InitRuntimeDone{.is_during_invoke = has_failed_, .error_type = {}});
  if (extensions_.all_ready()) end_init();
}

void Environment::on_extensions_ready() {
  if (state_ != EnvironmentState::kInitializing) return on_extensions_idle();
  if (runtime_ == Runtime::kReady) end_init();
}

void Environment::init_ended(bool is_success, std::string_view error_type) {
  const Nanoseconds duration = now() - init_started_;
  init_duration_ = duration;
  if (!is_success && runtime_ == Runtime::kRestoring) restore_ended(false, error_type);
  // Of a success, and of a runtime that was not what failed, it has been told before.
  if (!is_success && runtime_ != Runtime::kReady) {
    publish(InitRuntimeDone{.is_during_invoke = has_failed_, .error_type = error_type});
  }
  publish(InitEnded{.is_success = is_success,
                    .error_type = error_type,
                    .duration = duration,
                    .is_during_invoke = has_failed_});
}

// --- What it may use

Confinement Environment::confinement() const {
  Confinement confinement = enclosure_ ? enclosure_->confinement() : Confinement{};
  if (context_.network != nullptr) confinement.network = context_.network->number();
  return confinement;
}

void Environment::watch_memory() {
  if (enclosure_ == nullptr || !enclosure_->counts_memory()) return;
  enclosure_->forget_overruns();
  look_at_memory_.start_after(Enforcement::kBetweenLooks);
}

void Environment::look_at_memory() {
  // Of several invocations at a time nobody is asked when they begin.
  const bool is_waiting = state_ == EnvironmentState::kIdle && !context_.function.is_managed();
  if (process_ == nullptr || !is_alive() || is_waiting) return;
  enclosure_->look();
  // The kernel may have killed a child, or an extension: nobody goes on without it.
  if (is_over_memory_limit()) return process_->kill();
  look_at_memory_.start_after(Enforcement::kBetweenLooks);
}

std::size_t Environment::max_memory_bytes() {
  if (enclosure_ && enclosure_->counts_memory()) return enclosure_->max_memory_bytes();
  return process_ ? process_->max_memory_bytes() : 0;
}

}  // namespace thimble::emulator
