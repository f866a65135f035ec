#pragma once
// What Lambda says about an invocation besides its event.

#include <chrono>
#include <string_view>

namespace thimble::ric {

// One invocation, as the answer to /next describes it
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html), and the function, as its
// environment does. What was not said is empty. The views live until the handler returns; who keeps
// one for longer copies it. A test of a handler fills in what the handler looks at:
//
//   handle(event, {.request_id = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"});
struct Context {
  std::string_view request_id = {};
  // When Lambda ends the invocation with a timeout.
  std::chrono::system_clock::time_point deadline = {};
  std::string_view invoked_function_arn = {};
  // The X-Ray header, "Root=1-…;Parent=…;Sampled=1". Unless several invocations run at a time it is
  // in the environment too, as _X_AMZN_TRACE_ID, where AWS's SDKs look for it.
  std::string_view trace_id = {};
  // Both as JSON; <thimble/ric/identity.h> takes them apart.
  std::string_view client_context = {};
  std::string_view cognito_identity = {};
  std::string_view tenant_id = {};
  // Names this delivery of the invocation. The runtime echoes it by itself.
  std::string_view invocation_id = {};
  // Of a durable function's execution.
  std::string_view durable_execution_name = {};
  std::string_view durable_execution_arn = {};

  std::string_view function_name = {};
  std::string_view function_version = {};
  int memory_limit_mb = 0;
  std::string_view log_group_name = {};
  std::string_view log_stream_name = {};

  // What is left until the deadline, never less than zero.
  [[nodiscard]] std::chrono::milliseconds remaining_time() const {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::system_clock::now());
    return left.count() > 0 ? left : std::chrono::milliseconds(0);
  }
};

}  // namespace thimble::ric
