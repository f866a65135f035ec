#pragma once
// The Invoke API, version 2015-03-31, for one function of any name, with InvokeWithResponseStream
// of version 2021-11-15 (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html,
// https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html).

#include <cstddef>
#include <memory>

#include "thimble/base/random_id.h"
#include "thimble/emulator/options.h"
#include "thimble/http/server.h"

#include "async_invoker.h"
#include "durable_proxy.h"
#include "function.h"
#include "invocation.h"
#include "origin.h"
#include "platform_event.h"
#include "pool/pool.h"
#include "telemetry/log_tails.h"
#include "tracer.h"

namespace thimble::emulator {

// Makes invocations of requests and answers of outcomes.
class InvokeApi final : public http::Handler, private Caller {
 public:
  struct Options {
    EventBus& bus;
    Pool& pool;
    AsyncInvoker& async_invoker;
    LogTails& log_tails;    // on `bus`
    DurableProxy* durable;  // null: durable executions have no engine
    RandomIds& ids;
    Tracer& tracer;
    const Function& function;
    const OriginPolicy& origins;
    Fidelity fidelity;
    std::size_t max_request_bytes;
    std::size_t max_event_bytes;
    bool streams_plain_invokes;  // a streamed response is passed on to a plain invoke too
  };

  // References outlive it.
  explicit InvokeApi(const Options& options) : options_(options) {}

 private:
  std::size_t body_limit(const http::Request& request) override;
  void on_head(http::Exchange& exchange) override;
  void on_request(http::Exchange& exchange) override;
  void on_outcome(Invocation& invocation, Outcome outcome) override;

  void serve_durable(http::Exchange& exchange);
  void invoke(http::Exchange& exchange, std::string_view function_name, bool wants_events);
  void invoke_later(http::Exchange& exchange, std::unique_ptr<Invocation> invocation);

  Options options_;
};

}  // namespace thimble::emulator
