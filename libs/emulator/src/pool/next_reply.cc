#include "next_reply.h"

#include <array>

#include "thimble/wire/invoke_api.h"
#include "thimble/wire/runtime_api.h"

#include "runtime_reply.h"

namespace thimble::emulator {

void reply_next(http::Exchange& exchange, const Invocation& invocation, const Function& function,
                const std::string& deadline_ms) {
  std::array<http::Header, 9> headers;
  std::size_t count = 0;
  headers[count++] = {wire::kRuntimeRequestId, invocation.request_id};
  headers[count++] = {wire::kRuntimeInvocationId, invocation.delivery_id};
  headers[count++] = {wire::kRuntimeDeadlineMs, deadline_ms};
  const std::string arn = function.arn_of(invocation.qualifier);
  headers[count++] = {wire::kRuntimeFunctionArn, arn};
  headers[count++] = {wire::kRuntimeTraceId, invocation.trace_id};
  if (!invocation.client_context.empty())
    headers[count++] = {wire::kRuntimeClientContext, invocation.client_context};
  if (!invocation.tenant_id.empty())
    headers[count++] = {wire::kRuntimeTenantId, invocation.tenant_id};
  if (!invocation.durable_name.empty())
    headers[count++] = {wire::kDurableExecutionName, invocation.durable_name};
  if (!invocation.durable_arn.empty())
    headers[count++] = {wire::kDurableExecutionArn, invocation.durable_arn};
  exchange.reply(
      {.status = 200, .content_type = runtime_reply::kJson, .headers = {headers.data(), count}},
      invocation.payload);
}

InvokeStarted invoke_started(const Invocation& invocation, const Function& function) {
  return {.request_id = invocation.request_id,
          .version = function.version_of(invocation.qualifier),
          .trace_id = invocation.trace_id,
          .qualifier = invocation.qualifier,
          .caller_span = invocation.caller_span,
          .received = invocation.received};
}

std::string deadline_ms(const Function& function, WallTime delivered) {
  // Without a timeout the runtime must be told something all the same.
  const Seconds allowed = function.timeout.value_or(std::chrono::hours(24));
  const auto deadline =
      std::chrono::duration_cast<Milliseconds>((delivered + allowed).time_since_epoch());
  return std::to_string(deadline.count());
}

}  // namespace thimble::emulator
