#include "runtime_client.h"

#include <array>
#include <charconv>
#include <chrono>

#include <thimble/base/base64.h>
#include <thimble/base/parse_number.h>
#include <thimble/wire/invoke_api.h>
#include <thimble/wire/runtime_api.h>

#include "error_report.h"

namespace thimble::ric {
namespace {

// What is shown of an answer that was not expected.
constexpr std::size_t kMostQuoted = 200;

void append_number(std::string& out, std::size_t number, int base = 10) {
  std::array<char, 24> digits{};
  const auto [end, error] =
      std::to_chars(digits.data(), digits.data() + digits.size(), number, base);
  out.append(digits.data(), end);
}

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

RuntimeClient::RuntimeClient(Endpoint endpoint) : connection_(std::move(endpoint)) {
  common_ = " HTTP/1.1\r\nHost: " + connection_.endpoint().text +
            "\r\nUser-Agent: thimble-ric-cpp/" THIMBLE_VERSION "\r\n";
  next_ = "GET " + std::string(wire::kNext) + common_ + "\r\n";
}

// The answer's status, as a result.
Result<void> RuntimeClient::check(std::string_view what) {
  const ResponseReader& response = connection_.response();
  if (response.status() >= 200 && response.status() < 300) return {};
  std::string message(what);
  message.append(": ");
  append_number(message, static_cast<std::size_t>(response.status()));
  if (!response.body().empty()) {
    message.append(" ").append(response.body().substr(0, kMostQuoted));
  }
  // "Container error. Non-recoverable state. Runtime should exit promptly."
  return fail(response.status() == 500 ? ErrorCode::kLimit : ErrorCode::kInvalid,
              std::move(message));
}

Result<std::string_view> RuntimeClient::next(Context& context) {
  if (auto asked = connection_.exchange(next_, {}); !asked) {
    return fail(std::move(asked.error()).during("get the next invocation"));
  }
  if (auto checked = check("get the next invocation"); !checked) {
    return fail(std::move(checked.error()));
  }
  const ResponseReader& response = connection_.response();
  std::string_view lines = response.header_lines();
  std::string_view deadline;
  context.request_id = context.invoked_function_arn = context.trace_id = context.client_context =
      context.cognito_identity = context.tenant_id = context.invocation_id =
          context.durable_execution_name = context.durable_execution_arn = {};
  Header header;
  while (take_header(lines, header)) read_header(header, context, deadline);
  if (context.request_id.empty()) {
    return fail(ErrorCode::kInvalid, "get the next invocation: the answer has no request id");
  }
  context.deadline = std::chrono::system_clock::time_point(
      std::chrono::milliseconds(parse_number<std::int64_t>(deadline).value_or(0)));
  return response.body();
}

void RuntimeClient::begin_post(std::string_view path, std::string_view suffix,
                               const Context* context) {
  head_.assign("POST ").append(path);
  if (context != nullptr) head_.append(context->request_id).append(suffix);
  head_.append(common_);
  if (context != nullptr && !context->invocation_id.empty()) {
    head_.append(wire::kRuntimeInvocationId).append(": ").append(context->invocation_id);
    head_.append("\r\n");
  }
}

Result<void> RuntimeClient::post(std::string_view content_type, std::string_view body) {
  head_.append("Content-Type: ").append(content_type).append("\r\nContent-Length: ");
  append_number(head_, body.size());
  head_.append("\r\n\r\n");
  return connection_.exchange(head_, body);
}

Result<void> RuntimeClient::post_response(const Context& context, std::string_view content_type,
                                          std::string_view body) {
  begin_post(wire::kInvocationPrefix, wire::kResponseSuffix, &context);
  if (auto posted = post(content_type, body); !posted) {
    return fail(std::move(posted.error()).during("post the response"));
  }
  return check("post the response");
}

Result<void> RuntimeClient::post_error_body(const HandlerError& error) {
  head_.append(wire::kFunctionErrorType).append(": ").append(header_text(error.type));
  head_.append("\r\n").append(wire::kXRayErrorCause).append(": ").append(xray_cause(error));
  head_.append("\r\n");
  text_.clear();
  write_error_body(error, text_);
  if (auto posted = post("application/json", text_); !posted) {
    return fail(std::move(posted.error()).during("post the error"));
  }
  return check("post the error");
}

Result<void> RuntimeClient::post_error(const Context& context, const HandlerError& error) {
  begin_post(wire::kInvocationPrefix, wire::kErrorSuffix, &context);
  return post_error_body(error);
}

Result<void> RuntimeClient::post_init_error(const HandlerError& error) {
  begin_post(wire::kInitError, {}, nullptr);
  return post_error_body(error);
}

Result<void> RuntimeClient::begin_response(const Context& context, std::string_view content_type) {
  begin_post(wire::kInvocationPrefix, wire::kResponseSuffix, &context);
  head_.append("Content-Type: ").append(content_type).append("\r\n");
  head_.append(wire::kResponseMode).append(": ").append(wire::kStreamingMode).append("\r\n");
  head_.append("Trailer: ").append(wire::kFunctionErrorType).append(", ");
  head_.append(wire::kFunctionErrorBody).append("\r\nTransfer-Encoding: chunked\r\n\r\n");
  if (auto begun = connection_.begin(head_); !begun) {
    return fail(std::move(begun.error()).during("begin the response"));
  }
  return {};
}

Result<void> RuntimeClient::write_piece(std::string_view piece) {
  head_.clear();
  append_number(head_, piece.size(), 16);
  head_.append("\r\n");
  auto sent = connection_.send(head_, piece, "\r\n");
  if (!sent) return fail(std::move(sent.error()).during("send a piece of the response"));
  return {};
}

Result<void> RuntimeClient::end_response(const HandlerError* error) {
  head_.assign("0\r\n");
  if (error != nullptr) {
    text_.clear();
    write_error_body(*error, text_);
    head_.append(wire::kFunctionErrorType).append(": ").append(header_text(error->type));
    head_.append("\r\n").append(wire::kFunctionErrorBody).append(": ");
    head_.append(base64_encode(text_)).append("\r\n");
  }
  head_.append("\r\n");
  // Who was answered before the end cannot send it, but may read the answer.
  const auto sent = connection_.send(head_, {}, {});
  auto ended = connection_.finish();
  if (!sent) connection_.close();
  if (!ended) return fail(std::move(ended.error()).during("end the response"));
  return check("end the response");
}

Result<void> RuntimeClient::wait_for_restore() {
  head_.assign("GET ").append(wire::kRestoreNext).append(common_).append("\r\n");
  auto asked = connection_.exchange(head_, {});
  connection_.close();
  if (!asked) return fail(std::move(asked.error()).during("wait for the restore"));
  return check("wait for the restore");
}

Result<void> RuntimeClient::post_restore_error(const HandlerError& error) {
  begin_post(wire::kRestoreError, {}, nullptr);
  return post_error_body(error);
}

}  // namespace thimble::ric
