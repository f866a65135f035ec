#pragma once
// One invocation on its way through the emulator, and how it ended.

#include <cstddef>
#include <memory>
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
    kResponse,             // the runtime posted a response: body, content_type
    kFunctionError,        // the runtime posted an error of the handler: body, content_type
    kInitError,            // the runtime posted an error of its start: body, content_type
    kExited,               // the runtime ended, or could not be started: error_type, reason
    kTimedOut,             // error_type, reason
    kResponseTooLarge,     // error_type, reason
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
  std::string client_context;  // decoded; empty: none
  std::string tenant_id;       // empty: none
  std::shared_ptr<const Buffer> payload;

  Caller* caller = nullptr;            // null once it has been told
  http::Exchange* exchange = nullptr;  // where the answer goes; null if the client has gone
  bool like_cloud = false;             // whose statuses and bodies the answer has

  // Tells the caller, unless it has been told.
  void end(Outcome outcome) {
    if (Caller* told = std::exchange(caller, nullptr)) told->on_outcome(*this, std::move(outcome));
  }
};

}  // namespace thimble::emulator
