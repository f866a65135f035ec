#include "runtime_client.h"

#include <thimble/base/base64.h>
#include <thimble/base/parse_number.h>
#include <thimble/wire/invoke_api.h>
#include <thimble/wire/runtime_api.h>

#include "deadline.h"
#include "error_report.h"

namespace thimble::ric {
namespace {

// What is shown of an answer that was not expected.
constexpr std::size_t kMostQuoted = 200;

void read_header(const Header& header, Context& context, std::string_view& deadline) {
  struct Known {
    std::string_view name;
    std::string_view Context::* member;
  };
  constexpr Known kKnown[] = {
      {wire::kRuntimeRequestId, &Context::request_id},
      {wire::kRuntimeFunctionArn, &Context::invoked_function_arn},
      {wire::kRuntimeTraceId, &Context::trace_id},
      {wire::kRuntimeClientContext, &Context::client_context},
      {wire::kRuntimeCognitoIdentity, &Context::cognito_identity},
      {wire::kRuntimeTenantId, &Context::tenant_id},
      {wire::kRuntimeInvocationId, &Context::invocation_id},
      {wire::kDurableExecutionName, &Context::durable_execution_name},
      {wire::kDurableExecutionArn, &Context::durable_execution_arn},
  };
  for (const Known& known : kKnown) {
    if (same_text_ignoring_case(header.name, known.name)) {
      context.*known.member = header.value;
      return;
    }
  }
  if (same_text_ignoring_case(header.name, wire::kRuntimeDeadlineMs)) deadline = header.value;
}

}  // namespace

RuntimeClient::RuntimeClient(Endpoint endpoint)
    : connection_(std::move(endpoint)), head_(connection_.endpoint().text) {
  head_.start("GET", {wire::kNext});
  head_.end();
  next_ = head_.text();
}

// The answer's status, as a result.
Result<void> RuntimeClient::check(std::string_view what) {
  const ResponseReader& response = connection_.response();
  if (response.status() >= 200 && response.status() < 300) return {};
  std::string message = joined({what, ": "});
  append_number(message, static_cast<std::size_t>(response.status()));
  if (!response.body().empty()) {
    message.append(" ").append(response.body().substr(0, kMostQuoted));
  }
  // "Container error. Non-recoverable state. Runtime should exit promptly."
  return fail(response.status() == 500 ? ErrorCode::kLimit : ErrorCode::kInvalid,
              std::move(message));
}

Result<std::string_view> RuntimeClient::next(Context& context) {
  constexpr std::string_view kWhat = "get the next invocation";
  if (auto asked = ask(next_, {}, kWhat); !asked) return fail(std::move(asked.error()));
  const ResponseReader& response = connection_.response();
  std::string_view lines = response.header_lines();
  std::string_view deadline;
  context.request_id = context.invoked_function_arn = context.trace_id = context.client_context =
      context.cognito_identity = context.tenant_id = context.invocation_id =
          context.durable_execution_name = context.durable_execution_arn = {};
  Header header;
  while (take_header(lines, header)) read_header(header, context, deadline);
  if (context.request_id.empty()) {
    return fail(ErrorCode::kInvalid, joined({kWhat, ": the answer has no request id"}));
  }
  context.deadline = deadline_of(parse_number<std::int64_t>(deadline).value_or(0));
  return response.body();
}

Result<void> RuntimeClient::ask(std::string_view head, std::string_view body,
                                std::string_view what) {
  if (auto asked = connection_.exchange(head, body); !asked) {
    return fail(std::move(asked.error()).during(what));
  }
  return check(what);
}

void RuntimeClient::start_post(const Context& context, std::string_view suffix) {
  head_.start("POST", {wire::kInvocationPrefix, context.request_id, suffix});
  if (!context.invocation_id.empty()) {
    head_.header(wire::kRuntimeInvocationId, context.invocation_id);
  }
}

Result<void> RuntimeClient::post_response(const Context& context, std::string_view content_type,
                                          std::string_view body) {
  start_post(context, wire::kResponseSuffix);
  head_.end(content_type, body.size());
  return ask(head_.text(), body, "post the response");
}

Result<void> RuntimeClient::post_error_body(const HandlerError& error, std::string_view what) {
  head_.header(wire::kFunctionErrorType, header_text(type_of(error)));
  head_.header(wire::kXRayErrorCause, xray_cause(error));
  text_.clear();
  write_error_body(error, text_);
  head_.end("application/json", text_.size());
  return ask(head_.text(), text_, what);
}

Result<void> RuntimeClient::post_error(const Context& context, const HandlerError& error) {
  start_post(context, wire::kErrorSuffix);
  return post_error_body(error, "post the error");
}

Result<void> RuntimeClient::post_init_error(const HandlerError& error) {
  head_.start("POST", {wire::kInitError});
  return post_error_body(error, "post the init error");
}

Result<void> RuntimeClient::begin_response(const Context& context, std::string_view content_type) {
  start_post(context, wire::kResponseSuffix);
  head_.header("Content-Type", content_type);
  head_.header(wire::kResponseMode, wire::kStreamingMode);
  head_.header("Trailer", joined({wire::kFunctionErrorType, ", ", wire::kFunctionErrorBody}));
  head_.header("Transfer-Encoding", "chunked");
  head_.end();
  if (auto begun = connection_.begin(head_.text()); !begun) {
    return fail(std::move(begun.error()).during("begin the response"));
  }
  return {};
}

Result<void> RuntimeClient::write_piece(std::string_view piece) {
  text_.clear();
  append_number(text_, piece.size(), 16);
  text_.append("\r\n");
  auto sent = connection_.send(text_, piece, "\r\n");
  if (!sent) return fail(std::move(sent.error()).during("send a piece of the response"));
  return {};
}

Result<void> RuntimeClient::end_response(const HandlerError* error) {
  std::string end("0\r\n");
  if (error != nullptr) {
    text_.clear();
    write_short_error_body(*error, text_);
    end.append(joined({wire::kFunctionErrorType, ": ", header_text(type_of(*error)), "\r\n",
                       wire::kFunctionErrorBody, ": ", base64_encode(text_), "\r\n"}));
  }
  end.append("\r\n");
  // Who was answered before the end cannot send it, but may read the answer.
  [[maybe_unused]] const auto sent = connection_.send(end, {}, {});
  auto ended = connection_.finish();
  if (!ended) return fail(std::move(ended.error()).during("end the response"));
  return check("end the response");
}

Result<void> RuntimeClient::wait_for_restore() {
  head_.start("GET", {wire::kRestoreNext});
  head_.end();
  auto restored = ask(head_.text(), {}, "wait for the restore");
  connection_.close();
  return restored;
}

Result<void> RuntimeClient::post_restore_error(const HandlerError& error) {
  head_.start("POST", {wire::kRestoreError});
  return post_error_body(error, "post the restore error");
}

}  // namespace thimble::ric
