#pragma once
// An execution environment that runs one invocation after another.

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "environment.h"
#include "running_invocation.h"
#include "streamed_response.h"

namespace thimble::emulator {

// Starts its runtime when the first invocation comes, or when it is prepared, and again after every
// failure.
class OnDemandEnvironment final : public Environment, private StreamListener {
 public:
  OnDemandEnvironment(const EnvironmentContext& context, EnvironmentListener& listener);
  ~OnDemandEnvironment() override;

  // While it is prepared, too, or an attached runtime comes up: the invocation waits for the init.
  [[nodiscard]] bool is_free() const override {
    const bool is_coming = is_in_init_phase() || (context_.function.is_attached && is_starting());
    return (state() == EnvironmentState::kIdle || is_stopped() || is_coming) && !running_;
  }
  [[nodiscard]] bool is_about_to_be_free() const override {
    return state() == EnvironmentState::kBusy && !context_.function.is_cold &&
           (runtime_ == Runtime::kResponseSent || runtime_ == Runtime::kReady);
  }
  void prepare() override;
  void invoke(std::unique_ptr<Invocation> invocation) override;

  void next(http::Exchange& exchange) override;
  void response(http::Exchange& exchange, std::string_view request_id) override;
  [[nodiscard]] bool may_stream() const override {
    return running_ && running_->invocation().stream;
  }
  void response_begins(http::Exchange& exchange, std::string_view request_id) override;
  void error(http::Exchange& exchange, std::string_view request_id) override;

 private:
  // Environment
  void on_initialized() override;
  void on_extensions_idle() override;
  void fail_invocations(const Outcome& outcome) override;
  void drop_invocations() override;
  void on_stopped() override;
  void forget_parked() override { parked_ = nullptr; }
  [[nodiscard]] std::string_view output_request_id() const override;
  void detach() override;

  // StreamListener
  void on_stream_started() override;
  void on_stream_end(http::Exchange& exchange) override;
  void on_stream_too_large(http::Exchange& exchange) override;
  void on_stream_broken() override;

  [[nodiscard]] bool is_in_init_phase() const { return is_init_phase_ && is_starting(); }
  void start_init_phase();
  void end_init_phase();
  void start_for_invocation();
  void on_timeout();
  void deliver(http::Exchange& exchange);
  void park(http::Exchange& exchange);
  void runtime_done();
  void tell_runtime_done();
  [[nodiscard]] RunningInvocation take_out();
  [[nodiscard]] RunningInvocation::Circumstances take_circumstances();
  void wait_for_invocation(http::Exchange& exchange);
  void finish_invocation();
  void report_done();
  [[nodiscard]] bool may_post(http::Exchange& exchange, std::string_view request_id,
                              std::string_view to);
  void end_with(Outcome outcome, std::size_t produced_bytes);
  void end_stream(Outcome outcome, std::string_view broke_off = {});
  void end_broken_stream();
  void drop_stream();

  // The init that is going on, or has just failed, is Lambda's Init phase: no part of an
  // invocation. One that waits for it does not end with it.
  bool is_init_phase_ = false;
  Timer timeout_;                     // of the invocation, or of the Init phase
  http::Exchange* parked_ = nullptr;  // the runtime's waiting /next
  std::optional<RunningInvocation> running_;
  std::unique_ptr<StreamedResponse> streamed_;  // while kResponding, and the invocation goes on
  Timer broken_stream_;  // runs when streamed_ broke off, until the reason is known
};

}  // namespace thimble::emulator
