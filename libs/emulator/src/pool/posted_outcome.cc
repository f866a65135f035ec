#include "posted_outcome.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "thimble/wire/error_types.h"
#include "thimble/wire/runtime_api.h"

#include "error_body.h"
#include "runtime_reply.h"
#include "streamed_response.h"

namespace thimble::emulator {
namespace {

std::string_view content_type_of(const http::Exchange& exchange) {
  return exchange.request().header("Content-Type").value_or("");
}

// The body as an outcome's; the exchange keeps nothing.
std::shared_ptr<const Buffer> take_body(http::Exchange& exchange) {
  return std::make_shared<const Buffer>(std::move(exchange.body()));
}

std::string_view error_type_of(const http::Exchange& exchange) {
  return exchange.request().header(wire::kFunctionErrorType).value_or("");
}

Outcome refusal(Outcome::Kind kind, std::string_view type, std::string reason) {
  Outcome outcome{.kind = kind};
  outcome.error_type = type;
  outcome.reason = std::move(reason);
  return outcome;
}

}  // namespace

void PostedOutcome::reply_to(http::Exchange& exchange, std::size_t max_response_bytes) const {
  switch (answer) {
    case Answer::kAccepted:
      return runtime_reply::accept(exchange);
    case Answer::kInvalidMode:
      return runtime_reply::refuse(exchange, 400, wire::kInvalidFunctionResponseMode,
                                   "Invalid function response mode");
    case Answer::kTooLarge:
      return runtime_reply::refuse_too_large(exchange, max_response_bytes);
  }
}

PostedOutcome posted_response(http::Exchange& exchange, std::size_t max_response_bytes) {
  const auto mode = exchange.request().header(wire::kResponseMode);
  if (mode && !mode->empty() && *mode != wire::kStreamingMode) {
    return {.outcome = refusal(Outcome::Kind::kInvalidResponseMode, wire::kInvalidResponseMode,
                               "Invalid function response mode"),
            .answer = PostedOutcome::Answer::kInvalidMode};
  }
  if (exchange.body_too_large()) {
    std::string reason = "Response payload size (" + std::to_string(exchange.body_size()) +
                         " bytes) exceeded maximum allowed payload size (" +
                         std::to_string(max_response_bytes) + " bytes).";
    return {.outcome = refusal(Outcome::Kind::kResponseTooLarge, wire::kResponseSizeTooLarge,
                               std::move(reason)),
            .answer = PostedOutcome::Answer::kTooLarge};
  }
  PostedOutcome posted{.outcome = {.kind = Outcome::Kind::kResponse}};
  if (auto error = stream_error(exchange.trailers())) {
    posted.outcome = outcome_of(std::move(*error));
  } else {
    posted.outcome.content_type = content_type_of(exchange);
    posted.outcome.body = take_body(exchange);
  }
  posted.produced_bytes = posted.outcome.body->size();
  return posted;
}

PostedOutcome posted_error(http::Exchange& exchange) {
  PostedOutcome posted{.outcome = {.kind = Outcome::Kind::kFunctionError}};
  Outcome& outcome = posted.outcome;
  outcome.error_type = valid_error_type(error_type_of(exchange));
  outcome.content_type = content_type_of(exchange);
  if (outcome.content_type == wire::kErrorWithCauseType) {
    auto stripped = without_cause(exchange.body().view());
    outcome.content_type = stripped ? runtime_reply::kJson : "application/octet-stream";
    auto body = std::make_shared<Buffer>();
    body->append(stripped ? std::string_view(*stripped) : kInvalidErrorBody);
    outcome.body = std::move(body);
  } else {
    outcome.body = take_body(exchange);
  }
  posted.produced_bytes = outcome.body->size();
  return posted;
}

Outcome posted_init_error(http::Exchange& exchange) {
  Outcome outcome{.kind = Outcome::Kind::kInitError};
  outcome.error_type = valid_error_type(error_type_of(exchange));
  outcome.reason = "the runtime reported an init error";
  outcome.content_type = runtime_reply::kJson;
  outcome.body = take_body(exchange);
  return outcome;
}

Outcome stream_too_large(std::size_t limit) {
  return refusal(Outcome::Kind::kResponseTooLarge, wire::kResponseSizeTooLarge,
                 "Response payload size exceeded maximum allowed payload size (" +
                     std::to_string(limit) + " bytes).");
}

Outcome stream_broken_off() {
  return refusal(Outcome::Kind::kExited, wire::kTruncatedResponse,
                 "The runtime broke off its response");
}

}  // namespace thimble::emulator
