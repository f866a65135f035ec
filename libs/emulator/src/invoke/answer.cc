#include "answer.h"

#include <string>

#include "thimble/base/base64.h"
#include "thimble/json/writer.h"
#include "thimble/wire/error_types.h"
#include "thimble/wire/invoke_api.h"

#include "json_error.h"

namespace thimble::emulator {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kText = "text/plain; charset=utf-8";

bool is_error(Outcome::Kind kind) {
  return kind != Outcome::Kind::kResponse;
}

// The public emulator says 502 where the platform, not the handler, failed. Lambda says 200 to
// everything it ran, so that no SDK runs a handler again.
int status_of(const Outcome& outcome, bool like_cloud) {
  if (like_cloud) return 200;
  switch (outcome.kind) {
    case Outcome::Kind::kInitError:
    case Outcome::Kind::kExited:
    case Outcome::Kind::kInvalidResponseMode:
      return 502;
    default:
      return 200;
  }
}

void refuse(http::Exchange& exchange, int status, std::string_view request_id,
            std::string_view type, std::string_view body, std::string_view retry_after = {}) {
  AnswerHeaders headers;
  headers.add(wire::kRequestId, request_id);
  headers.add(wire::kErrorType, type);
  if (!retry_after.empty()) headers.add("Retry-After", retry_after);
  headers.add_cors(exchange.request());
  exchange.reply({.status = status, .content_type = kJson, .headers = headers.span()}, body);
}

// {"Type":"User","message":"..."}
std::string user_error(std::string_view message) {
  std::string text;
  json::Writer(text)
      .begin_object()
      .key("Type")
      .string("User")
      .key("message")
      .string(message)
      .end_object();
  return text;
}

void reply_without_body(http::Exchange& exchange, int status, std::string_view request_id,
                        std::string_view trace_id, std::string_view durable_arn = {}) {
  AnswerHeaders headers;
  headers.add(wire::kRequestId, request_id);
  headers.add(wire::kTraceId, trace_id);
  if (!durable_arn.empty()) headers.add(wire::kDurableExecutionArn, durable_arn);
  headers.add_cors(exchange.request());
  exchange.reply({.status = status, .headers = headers.span()}, "");
}

}  // namespace

void AnswerHeaders::add_cors(const http::Request& request) {
  const auto origin = request.header("Origin");
  if (!origin) return;
  add("Access-Control-Allow-Origin", *origin);
  add("Access-Control-Expose-Headers", "*");
  add("Vary", "Origin");
}

std::string error_text(const Invocation& invocation, const Outcome& outcome) {
  if (outcome.body) return std::string(outcome.body->view());
  if (outcome.kind == Outcome::Kind::kResponseTooLarge)
    return function_error(outcome.error_type, outcome.reason);
  return function_error(outcome.error_type,
                        "RequestId: " + invocation.request_id + " Error: " + outcome.reason);
}

void add_usual_headers(AnswerHeaders& headers, const Invocation& invocation,
                       std::string_view version) {
  headers.add(wire::kRequestId, invocation.request_id);
  headers.add(wire::kExecutedVersion, version);
  headers.add(wire::kTraceId, invocation.trace_id);
  if (!invocation.durable_arn.empty())
    headers.add(wire::kDurableExecutionArn, invocation.durable_arn);
}

void answer(Invocation& invocation, const Outcome& outcome, std::string_view version,
            std::string_view log_tail) {
  http::Exchange& exchange = *invocation.exchange;
  AnswerHeaders headers;
  add_usual_headers(headers, invocation, version);
  if (is_error(outcome.kind)) headers.add(wire::kFunctionError, "Unhandled");
  const std::string log_result = base64_encode(log_tail);
  if (!log_result.empty()) headers.add(wire::kLogResult, log_result);
  headers.add_cors(exchange.request());

  http::Reply reply{.status = status_of(outcome, invocation.like_cloud), .headers = headers.span()};
  switch (outcome.kind) {
    case Outcome::Kind::kResponse:
    case Outcome::Kind::kFunctionError:
    case Outcome::Kind::kStreamError:
    case Outcome::Kind::kInitError:
      reply.content_type = outcome.content_type;
      return exchange.reply(reply, outcome.body);

    case Outcome::Kind::kTimedOut:
      if (!invocation.like_cloud) {
        reply.content_type = kText;
        return exchange.reply(reply, outcome.reason);
      }
      [[fallthrough]];
    case Outcome::Kind::kExited:
    case Outcome::Kind::kResponseTooLarge:
    case Outcome::Kind::kInvalidResponseMode:
      reply.content_type = kJson;
      return exchange.reply(reply, error_text(invocation, outcome));

    case Outcome::Kind::kShutDown:
      return exchange.abort();
  }
}

void accept(http::Exchange& exchange, std::string_view request_id, std::string_view trace_id,
            std::string_view durable_arn) {
  reply_without_body(exchange, 202, request_id, trace_id, durable_arn);
}

void confirm_dry_run(http::Exchange& exchange, std::string_view request_id,
                     std::string_view trace_id) {
  reply_without_body(exchange, 204, request_id, trace_id);
}

void refuse_too_large(http::Exchange& exchange, std::string_view request_id, std::size_t limit) {
  refuse(exchange, 413, request_id, wire::kRequestTooLarge,
         user_error("Request must be smaller than " + std::to_string(limit) +
                    " bytes for the InvokeFunction operation"));
}

void refuse_event_too_large(http::Exchange& exchange, std::string_view request_id,
                            std::size_t limit) {
  refuse(exchange, 413, request_id, wire::kRequestTooLarge,
         user_error(std::to_string(exchange.body_size()) +
                    " byte payload is too large for the Event invocation type (limit " +
                    std::to_string(limit) + " bytes)"));
}

void refuse_parameter(http::Exchange& exchange, std::string_view request_id,
                      std::string_view message) {
  refuse(exchange, 400, request_id, wire::kInvalidParameterValue, user_error(message));
}

void refuse_too_many(http::Exchange& exchange, std::string_view request_id) {
  refuse(
      exchange, 429, request_id, wire::kTooManyRequests,
      R"({"Reason":"ConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."})",
      "1");
}

void refuse_media_type(http::Exchange& exchange, std::string_view request_id,
                       std::string_view content_type) {
  refuse(exchange, 415, request_id, wire::kUnsupportedMediaType,
         user_error("The content type of the Invoke request body is not JSON: " +
                    std::string(content_type)));
}

void refuse_payload(http::Exchange& exchange, std::string_view request_id,
                    std::string_view problem) {
  refuse(exchange, 400, request_id, wire::kInvalidRequestContent,
         user_error("Could not parse request body into json: Could not parse payload into json: " +
                    std::string(problem)));
}

void refuse_client_context(http::Exchange& exchange, std::string_view request_id, bool like_cloud) {
  if (!like_cloud) {
    // The public emulator's answer, which has no body.
    AnswerHeaders headers;
    headers.add(wire::kRequestId, request_id);
    headers.add_cors(exchange.request());
    return exchange.reply({.status = 500, .headers = headers.span()}, "");
  }
  refuse(exchange, 400, request_id, wire::kInvalidRequestContent,
         user_error("Client context must be a valid Base64-encoded JSON object."));
}

void refuse_durable(http::Exchange& exchange, int status, std::string_view request_id,
                    std::string_view type, std::string_view message) {
  std::string text;
  json::Writer(text)
      .begin_object()
      .key("Type")
      .string(status < 500 ? "User" : "Service")
      .key("Message")
      .string(message)
      .end_object();
  refuse(exchange, status, request_id, type, text);
}

void reply_preflight(http::Exchange& exchange, std::string_view methods) {
  const http::Request& request = exchange.request();
  AnswerHeaders headers;
  headers.add_cors(request);
  headers.add("Access-Control-Allow-Methods", methods);
  headers.add("Access-Control-Allow-Headers",
              request.header("Access-Control-Request-Headers").value_or("*"));
  headers.add("Access-Control-Max-Age", "600");
  if (request.header("Access-Control-Request-Private-Network")) {
    headers.add("Access-Control-Allow-Private-Network", "true");
  }
  exchange.reply({.status = 204, .headers = headers.span()}, "");
}

}  // namespace thimble::emulator
