#pragma once
// One invocation on its way through the emulator, and how it ended.

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "thimble/base/buffer.h"
#include "thimble/base/clock.h"
#include "thimble/http/exchange.h"

namespace thimble::emulator {

// How an invocation ended, before anybody decides how to say so over HTTP.
struct Outcome {
  enum class Kind {
    kResponse,          // the runtime posted a response: body, unless it was streamed, content_type
    kFunctionError,     // the runtime posted an error of the handler: body, content_type
    kStreamError,       // the runtime ended a response with an error: body, content_type,
                        // error_type
    kInitError,         // the runtime posted an error of its start: body, content_type
    kExited,            // the runtime ended, or could not be started: error_type, reason
    kTimedOut,          // error_type, reason
    kResponseTooLarge,  // error_type, reason
    kInvalidResponseMode,  // error_type, reason
    kShutDown,             // the emulator is ending
  };

  Kind kind = Kind::kResponse;
  std::shared_ptr<const Buffer> body = {};
  std::string content_type = {};
  std::string error_type = {};
  std::string reason = {};  // for people, without "RequestId: ..."
};

// A failure the platform itself reports.
[[nodiscard]] inline Outcome platform_failure(Outcome::Kind kind, std::string_view type,
                                              std::string reason) {
  Outcome outcome{.kind = kind};
  outcome.error_type = type;
  outcome.reason = std::move(reason);
  return outcome;
}

struct Invocation;

// Where a response goes that is passed on as it is produced.
class ResponseStream {
 public:
  virtual ~ResponseStream() = default;
  // The runtime has begun to post one. Its first piece may be long in coming.
  virtual void begin(std::string_view content_type) = 0;
  virtual void write(std::string_view piece) = 0;
  // Bytes that wait for the client to read them; none once it has gone.
  [[nodiscard]] virtual std::size_t pending_bytes() const = 0;
  // Calls every time pending_bytes() has come down to 0.
  virtual void on_drained(std::function<void()> callback) = 0;
};

// Who wants to know how an invocation ended.
class Caller {
 public:
  virtual ~Caller() = default;
  // Called exactly once for every submitted invocation, which may go on existing for the log's
  // sake.
  virtual void on_outcome(Invocation& invocation, Outcome outcome) = 0;
};

// What a caller asked for.
struct Invocation {
  std::string request_id;
  std::string delivery_id;  // Lambda-Runtime-Invocation-Id
  std::string trace_id;
  // Set if the invocation is recorded, and there may be none:
  std::string caller_span = {};  // the caller's part of the trace
  WallTime received = {};
  std::string client_context;  // decoded; empty: none
  std::string tenant_id;       // empty: none
  // Of the durable execution it belongs to; empty: none.
  std::string durable_name = {};
  std::string durable_arn = {};
  std::string qualifier;  // the version or alias that was named; empty: none
  std::shared_ptr<const Buffer> payload;

  // Set if the caller wants a response as it is produced, when the runtime streams one.
  std::unique_ptr<ResponseStream> stream;

  Caller* caller = nullptr;            // null once it has been told
  http::Exchange* exchange = nullptr;  // where the answer goes; null if the client has gone
  bool like_cloud = false;             // whose statuses and bodies the answer has

  bool waits_for_report = false;     // the caller is told when the log has the last of it
  std::optional<Outcome> held = {};  // what it will be told

  // Tells the caller, unless it has been told.
  void end(Outcome outcome) {
    if (waits_for_report && outcome.kind != Outcome::Kind::kShutDown) {
      held = std::move(outcome);
      return;
    }
    if (Caller* told = std::exchange(caller, nullptr)) told->on_outcome(*this, std::move(outcome));
  }

  // The log has the last of it.
  void reported() {
    waits_for_report = false;
    if (held) end(std::move(*held));
  }
};

}  // namespace thimble::emulator
