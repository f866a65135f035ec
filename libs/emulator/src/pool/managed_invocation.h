#pragma once
// One of the invocations that a runtime runs at the same time as others.

#include <cstddef>
#include <memory>
#include <string_view>

#include "thimble/base/event_loop.h"
#include "thimble/http/exchange.h"

#include "environment_context.h"
#include "invocation.h"
#include "running_invocation.h"
#include "streamed_response.h"

namespace thimble::emulator {

class ManagedInvocation;

// Told what becomes of it. The invocation must not be destroyed from inside.
class ManagedInvocationListener {
 public:
  virtual ~ManagedInvocationListener() = default;
  virtual void on_timeout(ManagedInvocation& invocation) = 0;
  // The runtime has ended its streamed response, rightly or not; the caller has to be told.
  virtual void on_stream_done(ManagedInvocation& invocation, Outcome outcome) = 0;
};

// An invocation from when an environment takes it until it has ended: its timeout, its response if
// that is streamed, what is told of it. Whoever ends it destroys it then.
class ManagedInvocation final : private StreamListener {
 public:
  // References outlive it.
  ManagedInvocation(const EnvironmentContext& context, std::unique_ptr<Invocation> invocation,
                    ManagedInvocationListener& listener);
  ManagedInvocation(const ManagedInvocation&) = delete;
  ManagedInvocation& operator=(const ManagedInvocation&) = delete;
  ~ManagedInvocation() override;

  [[nodiscard]] const Invocation& invocation() const { return running_.invocation(); }
  [[nodiscard]] bool is_delivered() const { return running_.is_delivered(); }
  // The runtime has begun to stream its response.
  [[nodiscard]] bool is_streaming() const { return streamed_ != nullptr; }

  // The function's timeout begins; again with the delivery.
  void start_timeout();
  void stop_timeout() { timeout_.cancel(); }
  // To a runtime's /next.
  void deliver(http::Exchange& exchange);
  // Reads the response as it is produced.
  void stream(http::Exchange& exchange);

  // Tells the caller how the runtime ended it.
  void respond(Outcome outcome, std::size_t produced_bytes);
  // Afterwards, when what the runtime wrote before has been read: tells the log.
  void report_response(std::size_t max_memory_bytes);
  // The platform ended it. Tells the log and the caller.
  void fail(const Outcome& outcome, std::size_t max_memory_bytes);
  // Ends it with kShutDown.
  void drop();

 private:
  // StreamListener
  void on_stream_started() override;
  void on_stream_end(http::Exchange& exchange) override;
  void on_stream_too_large(http::Exchange& exchange) override;
  void on_stream_broken() override;

  const EnvironmentContext& context_;
  RunningInvocation running_;
  ManagedInvocationListener& listener_;
  Timer timeout_;
  std::unique_ptr<StreamedResponse> streamed_;
  std::string_view broke_off_;  // the error type, if the runtime broke off its response
};

}  // namespace thimble::emulator
