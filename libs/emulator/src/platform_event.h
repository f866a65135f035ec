#pragma once
// Everything that happens to a function, as one type: logs, and later telemetry and metrics, are
// projections of it.

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "thimble/base/clock.h"

#include "telemetry/subscription.h"

namespace thimble::emulator {

// The emulator runs a command line it was given. Published once, at the start.
struct CommandGiven {
  std::string_view file;
  std::string_view working_directory;
  std::string_view handler;
};

struct InitStarted {
  // "on-demand", "snap-start" or "lambda-managed-instances"
  std::string_view initialization_type = "on-demand";
  bool is_during_invoke =
      false;  // the environment is started again, for an invocation after a failure
};

// SnapStart: the runtime has done what comes before a snapshot and is restored from it.
struct RestoreStarted {};

struct RestoreEnded {
  bool is_success;
  std::string_view error_type;  // of a failure
  Nanoseconds duration;
};

// The runtime is about to be started.
struct RuntimeStarting {
  std::vector<std::string_view> missing_credentials;  // variables that are empty
};

// The runtime is ready for its first invocation, or never will be.
struct InitRuntimeDone {
  bool is_during_invoke;
  std::string_view error_type;  // empty: success
};

// The runtime and every extension are ready, or never will be.
struct InitEnded {
  bool is_success;
  std::string_view error_type;  // of a failure
  Nanoseconds duration;
  bool is_during_invoke = false;
};

// An environment could not be brought up.
struct InitFailed {
  std::string_view error_type;  // empty if an event before has told it
  std::string_view reason;
};

struct InvokeStarted {
  std::string_view request_id;
  std::string_view version;
  std::string_view trace_id;
  // Of an invocation that is recorded:
  std::string_view qualifier = {};    // the version or alias that was named
  std::string_view caller_span = {};  // the caller's part of the trace
  WallTime received = {};             // when the caller asked for it
};

// The runtime has posted its response, or an error of the handler; of a streamed response, the
// first piece.
struct InvokeResponded {
  std::string_view request_id;
  std::size_t produced_bytes;
  bool is_error;
};

// A streamed response has ended, rightly or with an error that came after its beginning. Not
// published when the platform ended the invocation.
struct InvokeStreamEnded {
  std::string_view request_id;
  std::size_t produced_bytes;
  bool is_error;
};

// The runtime is ready for the next invocation. An error that the handler reported is a success
// here, as it is for the public emulator and in Lambda's REPORT line; a streamed response that it
// broke off is none.
struct InvokeRuntimeDone {
  std::string_view request_id;
  std::size_t produced_bytes;
  Nanoseconds duration;
  std::string_view trace_id = {};
  WallTime started = {};               // when the invocation was delivered
  Nanoseconds response_latency = {};   // from then until the response began
  Nanoseconds response_duration = {};  // from its beginning to its end
  std::string_view error_type = {};    // empty: success
};

// The platform ended an invocation: exit, timeout, failed init.
struct InvokeFailed {
  std::string_view request_id;
  std::string_view error_type;
  std::string_view reason;
  bool is_timeout;
  std::string_view trace_id = {};
  Nanoseconds duration = {};  // since the delivery, or since the start of a failed init
  bool was_delivered = true;
};

// The last word on an invocation, successful or not.
struct InvokeReported {
  // Whole milliseconds, each part rounded up by itself. The time of a restore's hooks is charged
  // (https://docs.aws.amazon.com/lambda/latest/dg/snapstart-monitoring.html); here it is nothing
  // else.
  [[nodiscard]] Milliseconds billed_restore_duration() const {
    return std::chrono::ceil<Milliseconds>(restore_duration.value_or(Nanoseconds(0)));
  }
  [[nodiscard]] Milliseconds billed_duration() const {
    return std::chrono::ceil<Milliseconds>(duration) + billed_restore_duration();
  }

  std::string_view request_id;
  std::optional<Nanoseconds> init_duration;  // of an init this invocation waited for
  Nanoseconds duration;
  std::string_view memory_size_mb;
  std::size_t max_memory_used_bytes;
  std::string_view error_type = {};  // empty: success
  std::string_view trace_id = {};
  // SnapStart: of the restore this invocation waited for, which is told instead of the init.
  std::optional<Nanoseconds> restore_duration = {};
};

// Bytes the runtime's processes wrote, unchanged.
struct FunctionOutput {
  std::string_view bytes;
  std::string_view request_id = {};  // empty between invocations
};

// Bytes an extension's processes wrote, unchanged.
struct ExtensionOutput {
  std::string_view name;
  std::string_view bytes;
};

struct ExtensionRegistered {
  std::string_view name;
  std::string_view identifier;
  std::string_view events;  // "INVOKE SHUTDOWN"
  bool is_external;
};

// An extension has become ready, or has failed.
struct ExtensionStateChanged {
  std::string_view name;
  std::string_view state;                    // "Ready", "InitError", ...
  std::span<const std::string_view> events;  // it has registered for: "INVOKE", "SHUTDOWN"
  std::string_view error_type = {};
};

// An extension has subscribed.
struct Subscribed {
  std::string_view name;
  SubscriptionApi api;
  std::vector<RecordType> types;
};

// Records that a subscriber was too slow for.
struct Dropped {
  std::size_t records = 0;
  std::size_t bytes = 0;
};

struct ProcessExited {
  std::string_view name;
  std::string_view how;         // "exit status 1", "signal: killed"
  std::string_view error_type;  // empty when it was stopped on purpose
};

struct ProcessKilled {
  std::string_view name;
  int pid;
};

struct ResetStarted {
  std::string_view reason;
};

// Waiting for killed processes to end.
struct ResetWaiting {};

struct SignalReceived {
  std::string_view name;  // "terminated", "interrupt"
};

// A request that made no invocation of it, or a notice; `message` is one line.
struct Notice {
  enum class Level { kInfo, kWarning, kError };
  Level level;
  std::string_view message;
};

// Views are valid while the event is published.
using PlatformEvent =
    std::variant<CommandGiven, InitStarted, RestoreStarted, RestoreEnded, RuntimeStarting,
                 InitRuntimeDone, InitEnded, InitFailed, InvokeStarted, InvokeResponded,
                 InvokeStreamEnded, InvokeRuntimeDone, InvokeFailed, InvokeReported, FunctionOutput,
                 ExtensionOutput, ExtensionRegistered, ExtensionStateChanged, Subscribed, Dropped,
                 ProcessExited, ProcessKilled, ResetStarted, ResetWaiting, SignalReceived, Notice>;

// Makes something of events. Must not publish.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void on_event(const PlatformEvent& event) = 0;
};

// Hands every event to every sink, in the order they were added. Sinks outlive the bus. A bus is a
// sink of another one: what happens in one environment, everybody is told who listens to all.
class EventBus final : public EventSink {
 public:
  void add(EventSink& sink) { sinks_.push_back(&sink); }
  void publish(const PlatformEvent& event) {
    for (EventSink* sink : sinks_) sink->on_event(event);
  }

 private:
  void on_event(const PlatformEvent& event) override { publish(event); }

  std::vector<EventSink*> sinks_;
};

}  // namespace thimble::emulator
