#pragma once
// An execution environment that runs one invocation after another: a runtime process and what it
// may ask of its Runtime API.

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "thimble/base/event_loop.h"
#include "thimble/http/exchange.h"

#include "environment_context.h"
#include "execution_environment.h"
#include "extensions/extensions.h"
#include "invocation.h"
#include "streamed_response.h"
#include "supervisor/process.h"

namespace thimble::emulator {

// What an environment is doing. ARCHITECTURE.md draws the edges; can_become() is the table.
enum class EnvironmentState {
  kStopped,       // no process
  kStarting,      // processes are being started
  kInitializing,  // the runtime runs and has not asked for an invocation
  kIdle,          // the runtime waits for an invocation
  kBusy,          // from the delivery of an invocation until the runtime asks for the next
  kResetting,     // processes are being killed
};

[[nodiscard]] std::string_view name_of(EnvironmentState state);
[[nodiscard]] bool can_become(EnvironmentState from, EnvironmentState to);

// Starts its runtime when the first invocation comes, and again after every failure; or, if the
// function is attached, starts and kills nothing, and has a runtime when somebody asks for /next.
// Answers what the runtime asks, in the public emulator's words; a refused request changes nothing,
// so that a runtime can always go on rightly.
class Environment final : public ExecutionEnvironment,
                          private ProcessListener,
                          private ExtensionsListener,
                          private StreamListener {
 public:
  Environment(const EnvironmentContext& context, EnvironmentListener& listener);
  ~Environment() override;

  [[nodiscard]] EnvironmentState state() const { return state_; }

  [[nodiscard]] bool is_free() const override {
    return (state_ == EnvironmentState::kIdle || state_ == EnvironmentState::kStopped) &&
           invocation_ == nullptr;
  }
  [[nodiscard]] bool is_stopped() const override { return state_ == EnvironmentState::kStopped; }
  void invoke(std::unique_ptr<Invocation> invocation) override;
  void retire() override;
  void shut_down(std::function<void()> on_stopped) override;
  void resume_output() override;

  void next(http::Exchange& exchange) override;
  void response(http::Exchange& exchange, std::string_view request_id) override;
  [[nodiscard]] bool may_stream() const override { return invocation_ && invocation_->stream; }
  void response_begins(http::Exchange& exchange, std::string_view request_id) override;
  void error(http::Exchange& exchange, std::string_view request_id) override;
  void init_error(http::Exchange& exchange) override;
  [[nodiscard]] bool is_snap_start() const override { return context_.function.is_snap_start; }
  void restore_next(http::Exchange& exchange) override;
  void restore_error(http::Exchange& exchange) override;
  void credentials(http::Exchange& exchange) override;
  [[nodiscard]] Extensions& extensions() override { return extensions_; }

 private:
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
  [[nodiscard]] static std::string_view name_of(Runtime runtime);
  // There is a runtime, and it is not being killed.
  [[nodiscard]] bool is_alive() const;

  // ProcessListener
  bool on_output(std::string_view bytes) override;
  void on_exit(const Exit& exit) override;

  // ExtensionsListener
  void on_extensions_registered() override;
  void on_extensions_ready() override;
  void on_extension_failed(std::string_view error_type, std::string_view reason) override;
  void on_extension_ending() override { connections().read_pending(); }
  void on_extensions_stopped() override;
  bool has_room_for_output() override { return has_room(); }

  // StreamListener
  void on_stream_started() override;
  void on_stream_end(http::Exchange& exchange) override;
  void on_stream_too_large(http::Exchange& exchange) override;
  void on_stream_broken() override;

  void become(EnvironmentState state);
  void start();
  void start_runtime();
  void fail_start(std::string_view error_type, const std::string& reason);
  void end_init();
  void start_failed(http::Exchange& exchange);
  void restore_ended(bool is_success, std::string_view error_type);
  // An attached runtime may come, and come back, whenever it likes.
  void welcome_attached();
  void detach();
  void init_ended(bool is_success, std::string_view error_type);
  void deliver(http::Exchange& exchange);
  void answer_next(http::Exchange& exchange);
  void park(http::Exchange& exchange);
  void runtime_done();
  void wait_for_invocation(http::Exchange& exchange);
  void finish_invocation();
  void fail_invocation(Outcome outcome);
  [[nodiscard]] Nanoseconds invocation_duration() const;
  void report(const Invocation& invocation, std::string_view error_type);
  void on_timeout();
  void reset(ShutdownReason reason);
  void end_processes(ShutdownReason reason);
  void runtime_gone();
  void kill();
  void stopped();
  [[nodiscard]] bool may_post(http::Exchange& exchange, std::string_view request_id,
                              std::string_view to);
  void refuse_transition(http::Exchange& exchange, std::string_view to);
  void end_with(Outcome outcome, std::size_t produced_bytes);
  void end_stream(Outcome outcome);
  void end_broken_stream();
  void drop_stream();

  EnvironmentContext context_;
  EnvironmentListener& listener_;
  std::function<void()> on_stopped_;

  EnvironmentState state_ = EnvironmentState::kStopped;
  Runtime runtime_ = Runtime::kStarted;
  std::unique_ptr<Process> process_;
  std::string process_name_;
  bool has_failed_ = false;  // a start after a failure is part of an invocation
  bool is_retiring_ = false;
  Timer timeout_;          // of the invocation
  Timer kill_runtime_;     // that was asked to end, or promised to
  Timer kill_extensions_;  // that were asked to end

  Extensions extensions_;
  ShutdownReason shutdown_reason_ = ShutdownReason::kFailure;
  SteadyTime shutdown_deadline_;

  http::Exchange* parked_ = nullptr;  // the runtime's waiting /next
  std::unique_ptr<Invocation> invocation_;
  std::unique_ptr<StreamedResponse> streamed_;  // while kResponding, and the invocation goes on
  Timer broken_stream_;  // runs when streamed_ broke off, until the reason is known
  SteadyTime init_started_;
  SteadyTime restore_started_;
  SteadyTime delivered_;
  WallTime delivered_wall_;
  SteadyTime responded_;             // when the response began
  Nanoseconds response_duration_{};  // until its end
  bool is_delivered_ = false;
  std::string deadline_ms_;
  std::optional<Nanoseconds> init_duration_;  // to be reported with the invocation
  std::size_t produced_bytes_ = 0;
};

}  // namespace thimble::emulator
