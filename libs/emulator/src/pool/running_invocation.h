#pragma once
// An invocation in an environment: when what happened to it, and what is told of it.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "thimble/http/exchange.h"

#include "environment_context.h"
#include "invocation.h"

namespace thimble::emulator {

// Tells the caller and the log, in the order they expect it. What may happen when is its
// environment's affair. Telling a caller may bring the next invocation: take this one out of the
// environment before fail() and report().
class RunningInvocation final {
 public:
  // What only the environment knows of it.
  struct Circumstances {
    std::size_t max_memory_bytes = 0;
    // Of an init, or a restore in it, that the invocation waited for.
    std::optional<Nanoseconds> init_duration = {};
    std::optional<Nanoseconds> restore_duration = {};
    // What counts as the beginning of one that was never delivered; none: it took no time.
    std::optional<SteadyTime> begun = {};
  };

  // `context` outlives it.
  RunningInvocation(const EnvironmentContext& context, std::unique_ptr<Invocation> invocation)
      : context_(&context), invocation_(std::move(invocation)) {}

  [[nodiscard]] const Invocation& invocation() const { return *invocation_; }
  [[nodiscard]] ResponseStream& stream() const { return *invocation_->stream; }
  [[nodiscard]] bool is_delivered() const { return is_delivered_; }
  [[nodiscard]] SteadyTime delivered() const { return delivered_; }
  [[nodiscard]] const std::string& deadline_ms() const { return deadline_ms_; }

  // Its time begins. The answer to a runtime's /next follows, once or more, and the log is told.
  void begin();
  void answer(http::Exchange& next) const;
  void tell_started() const;

  // The runtime has posted its response, or an error.
  void respond(Outcome outcome, std::size_t produced_bytes);

  // The runtime has begun to post a response that is passed on; its first piece has come; it has
  // ended. `broke_off` is the error type if that was not right.
  void begin_stream(http::Exchange& response);
  void tell_stream_started(std::size_t bytes);
  void end_stream(Outcome outcome, std::size_t bytes, std::string_view broke_off);

  // The runtime is done with it, and then nobody else has anything to do either.
  void tell_runtime_done() const;
  void report(const Circumstances& circumstances);

  // The platform ends it.
  void fail(const Outcome& outcome, const Circumstances& circumstances);
  // Ends it with kShutDown, and the log is not told.
  void drop() { invocation_->end({.kind = Outcome::Kind::kShutDown}); }

 private:
  [[nodiscard]] SteadyTime now() const { return context_->loop.clock().now(); }
  void publish(const PlatformEvent& event) const { context_->bus.publish(event); }
  [[nodiscard]] Nanoseconds duration(const Circumstances& circumstances) const;
  void tell_report(std::string_view error_type, const Circumstances& circumstances) const;

  const EnvironmentContext* context_;
  std::unique_ptr<Invocation> invocation_;
  bool is_delivered_ = false;
  SteadyTime delivered_;
  WallTime delivered_wall_;
  std::string deadline_ms_;
  SteadyTime responded_;             // when the response began
  Nanoseconds response_duration_{};  // until its end
  std::size_t produced_bytes_ = 0;
  std::string_view broke_off_;  // the error type, if the runtime broke off its response
};

}  // namespace thimble::emulator
