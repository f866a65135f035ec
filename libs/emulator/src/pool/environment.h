#pragma once
// How an environment's processes start and end, and what a runtime may say of its start: what is
// the same for every kind of execution environment.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "thimble/base/event_loop.h"
#include "thimble/http/exchange.h"

#include "enforcement.h"
#include "environment_context.h"
#include "execution_environment.h"
#include "extensions/extensions.h"
#include "invocation.h"
#include "supervisor/process.h"

namespace thimble::emulator {

// What an environment is doing. ARCHITECTURE.md draws the edges; can_become() is the table.
enum class EnvironmentState {
  kStopped,       // no process
  kStarting,      // processes are being started
  kInitializing,  // the runtime runs and has not asked for an invocation
  kIdle,          // the runtime waits for an invocation, or runs several and can take one more
  kBusy,          // one at a time: from its delivery until the runtime asks for the next
  kResetting,     // processes are being killed
};

[[nodiscard]] std::string_view name_of(EnvironmentState state);
[[nodiscard]] bool can_become(EnvironmentState from, EnvironmentState to);

// Starts a runtime with its extensions, and ends them; or, if the function is attached, starts and
// kills nothing, and has a runtime when somebody asks for /next. Answers what the runtime asks, in
// the public emulator's words. The kinds of environments differ in how they run invocations.
class Environment : public ExecutionEnvironment,
                    private ProcessListener,
                    private ExtensionsListener {
 public:
  ~Environment() override;

  [[nodiscard]] EnvironmentState state() const { return state_; }

  [[nodiscard]] bool is_stopped() const override { return state_ == EnvironmentState::kStopped; }
  void retire() override;
  void shut_down(std::function<void()> on_shut_down) override;
  void resume_output() override;

  void init_error(http::Exchange& exchange) override;
  [[nodiscard]] bool is_snap_start() const override { return context_.function.is_snap_start; }
  [[nodiscard]] bool is_before_restore() const override {
    return is_snap_start() && runtime_ == Runtime::kStarted;
  }
  void restore_next(http::Exchange& exchange) override;
  void restore_error(http::Exchange& exchange) override;
  void credentials(http::Exchange& exchange) override;
  [[nodiscard]] Extensions& extensions() override { return extensions_; }

 protected:
  // What the runtime did last, which decides what it may do next.
  enum class Runtime {
    kStarted,
    kRestoring,
    kInitError,
    kReady,
    kRunning,
    kResponding,
    kResponseSent
  };

  Environment(const EnvironmentContext& context, EnvironmentListener& listener);

  // --- What the kinds do in their own ways

  // The runtime and every extension are ready, and the state is kIdle.
  virtual void on_initialized() = 0;
  // Every extension has become ready again, after the init.
  virtual void on_extensions_idle() {}
  // Ends whatever runs or waits here. Telling the callers may bring the next invocation.
  virtual void fail_invocations(const Outcome& outcome) = 0;
  // Ends it with kShutDown, without another word.
  virtual void drop_invocations() = 0;
  // No process is left, and it may be started again.
  virtual void on_stopped() { listener_.on_free(); }
  // Requests for /next that wait for an invocation are no more.
  virtual void forget_parked() = 0;
  // To which invocation what the runtime writes now belongs; empty: to none, or nobody knows.
  [[nodiscard]] virtual std::string_view output_request_id() const { return {}; }
  // The invocation has ended without the attached runtime: one that has not come yet, or could not
  // start, is none.
  virtual void detach();

  // --- What they use

  [[nodiscard]] static std::string_view name_of(Runtime runtime);
  // There is a runtime, and it is not being killed.
  [[nodiscard]] bool is_alive() const;
  [[nodiscard]] bool is_starting() const {
    return state_ == EnvironmentState::kStarting || state_ == EnvironmentState::kInitializing;
  }
  void become(EnvironmentState state);
  void start();
  // An attached runtime may come, and come back, whenever it likes.
  void welcome_attached();
  // The runtime asks for its first invocation. Its request has been kept already.
  void runtime_is_ready();
  // The invocation, or the init, has taken too long: ends everything.
  void time_out(const std::string& text);
  void reset(ShutdownReason reason);
  void restore_ended(bool is_success, std::string_view error_type);
  void refuse_transition(http::Exchange& exchange, std::string_view to);
  void drain_output();
  // The process at the other end of a connection to the Runtime API, if it is one of the runtime's.
  [[nodiscard]] std::optional<pid_t> runtime_process_at(std::uint16_t peer_port) const;
  [[nodiscard]] std::size_t max_memory_bytes();
  // An invocation begins: from now on too much memory is its affair.
  void watch_memory();
  [[nodiscard]] bool is_shutting_down() const { return on_shut_down_ != nullptr; }
  void publish(const PlatformEvent& event) { context_.bus.publish(event); }
  [[nodiscard]] SteadyTime now() const { return context_.loop.clock().now(); }

  EnvironmentContext context_;
  EnvironmentListener& listener_;
  Runtime runtime_ = Runtime::kStarted;
  bool has_failed_ = false;  // a start after a failure is part of an invocation
  // Of this start; outlives its processes.
  std::unique_ptr<Enclosure> enclosure_;
  Extensions extensions_;
  SteadyTime init_started_;
  std::optional<Nanoseconds> init_duration_;     // of the last init that has ended
  std::optional<Nanoseconds> restore_duration_;  // of a restore in it

 private:
  // ProcessListener
  bool on_output(std::string_view bytes) override;
  void on_exit(const Exit& exit) override;

  // ExtensionsListener
  void on_extension_registering() override { welcome_attached(); }
  void on_extensions_registered() override;
  void on_extensions_ready() override;
  void on_extension_failed(std::string_view error_type, std::string_view reason) override;
  void on_extension_ending() override { connections().read_pending(); }
  void on_extensions_stopped() override;
  bool has_room_for_output() override { return has_room(); }

  void start_runtime();
  [[nodiscard]] Confinement confinement() const;
  void look_at_memory();
  [[nodiscard]] bool is_over_memory_limit() const {
    return enclosure_ != nullptr && enclosure_->is_over_limit();
  }
  void fail_start(std::string_view error_type, const std::string& reason);
  void end_init();
  void start_failed(http::Exchange& exchange);
  void init_ended(bool is_success, std::string_view error_type);
  void end_processes(ShutdownReason reason);
  void runtime_gone();
  void kill();
  void stopped();

  std::function<void()> on_shut_down_;
  EnvironmentState state_ = EnvironmentState::kStopped;
  std::unique_ptr<Process> process_;
  std::string process_name_;
  bool is_retiring_ = false;
  Timer kill_runtime_;     // that was asked to end, or promised to
  Timer kill_extensions_;  // that were asked to end
  Timer look_at_memory_;   // while the function works, if its memory is limited
  ShutdownReason shutdown_reason_ = ShutdownReason::kFailure;
  SteadyTime shutdown_deadline_;
  SteadyTime restore_started_;
};

}  // namespace thimble::emulator
