#include "caller_stream.h"

#include <array>
#include <string>

#include "thimble/base/base64.h"
#include "thimble/wire/invoke_api.h"

#include "answer.h"
#include "event_stream.h"

namespace thimble::emulator {
namespace {

http::Reply event_stream_reply(AnswerHeaders& headers, const Invocation& invocation,
                               std::string_view version, std::string_view content_type) {
  add_usual_headers(headers, invocation, version);
  if (!content_type.empty()) headers.add(wire::kRemappedContentType, content_type);
  headers.add_cors(invocation.exchange->request());
  return {.content_type = kEventStreamType, .headers = headers.span()};
}

}  // namespace

void CallerStream::begin_answer() {
  has_begun_ = true;
  http::Exchange& exchange = *invocation_.exchange;
  exchange.on_drained([this] {
    if (drained_) drained_();
  });
  AnswerHeaders headers;
  if (form_ == Form::kEvents) {
    return exchange.begin(event_stream_reply(headers, invocation_, version_, content_type_));
  }
  add_usual_headers(headers, invocation_, version_);
  headers.add_cors(exchange.request());
  exchange.begin({.content_type = content_type_, .headers = headers.span()});
}

void CallerStream::write(std::string_view piece) {
  if (invocation_.exchange == nullptr) return;
  if (!has_begun_) begin_answer();
  if (form_ == Form::kRaw) return invocation_.exchange->write({&piece, 1});
  const PayloadChunk chunk(piece);
  invocation_.exchange->write(chunk.parts());
}

std::size_t CallerStream::pending_bytes() const {
  return has_begun_ && invocation_.exchange != nullptr ? invocation_.exchange->pending_bytes() : 0;
}

void CallerStream::client_gone() {
  if (const auto drained = drained_) drained();
}

void CallerStream::end(const Outcome& outcome, std::string_view log_tail) {
  http::Exchange& exchange = *invocation_.exchange;
  if (outcome.kind == Outcome::Kind::kShutDown) return exchange.abort();
  if (form_ == Form::kEvents) return end_events(outcome, log_tail);
  const bool is_streamed = outcome.kind == Outcome::Kind::kResponse && outcome.body == nullptr;
  if (!is_streamed && !has_begun_) return answer(invocation_, outcome, version_, log_tail);
  if (!is_streamed) return exchange.abort();
  if (!has_begun_) begin_answer();
  exchange.finish();
}

void CallerStream::end_events(const Outcome& outcome, std::string_view log_tail) {
  std::string events;
  std::string error;
  const std::string log_result = base64_encode(log_tail);
  InvokeComplete complete{.log_result = log_result};
  if (outcome.kind != Outcome::Kind::kResponse) {
    error = error_text(invocation_, outcome);
    // A stream's own error has its own code; for all others this is X-Amz-Function-Error.
    const bool has_code =
        outcome.kind == Outcome::Kind::kStreamError && !outcome.error_type.empty();
    complete.error_code = has_code ? std::string_view(outcome.error_type) : "Unhandled";
    complete.error_details = error;
  }

  http::Exchange& exchange = *invocation_.exchange;
  if (has_begun_) {
    append_complete(events, complete);
    const std::string_view last = events;
    exchange.write({&last, 1});
    // Writing may have found that nobody is there.
    if (invocation_.exchange != nullptr) exchange.finish();
    return;
  }
  append_payload(events, outcome.body ? outcome.body->view() : std::string_view(error));
  append_complete(events, complete);
  AnswerHeaders headers;
  const std::string_view type =
      outcome.content_type.empty() ? std::string_view(content_type_) : outcome.content_type;
  exchange.reply(event_stream_reply(headers, invocation_, version_, type), events);
}

}  // namespace thimble::emulator
