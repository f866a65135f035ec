#pragma once
// How outcomes and refusals look over HTTP: as the public emulator's answers, or as Lambda's.

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "thimble/http/exchange.h"

#include "invocation.h"

namespace thimble::emulator {

// The headers of one answer, collected. Values are views.
class AnswerHeaders final {
 public:
  void add(std::string_view name, std::string_view value) { headers_[count_++] = {name, value}; }
  // What a browser needs to show the answer to the page that asked, if one asked.
  void add_cors(const http::Request& request);
  [[nodiscard]] std::span<const http::Header> span() const { return {headers_.data(), count_}; }

 private:
  std::array<http::Header, 12> headers_;
  std::size_t count_ = 0;
};

// What a caller is told of an outcome that is an error: the function's own words, or ours.
[[nodiscard]] std::string error_text(const Invocation& invocation, const Outcome& outcome);

// Adds what every answer to an invocation has.
void add_usual_headers(AnswerHeaders& headers, const Invocation& invocation,
                       std::string_view version);

// Answers invocation.exchange, which must not be null. `version` is the one that was
// invoked, `log_tail` the end of its log if the caller asked for that.
void answer(Invocation& invocation, const Outcome& outcome, std::string_view version,
            std::string_view log_tail);

// The answers to callers who do not wait for an outcome: 202 to an Event, 204 to a DryRun.
// `durable_arn` is empty if it is no durable execution.
void accept(http::Exchange& exchange, std::string_view request_id, std::string_view trace_id,
            std::string_view durable_arn);
void confirm_dry_run(http::Exchange& exchange, std::string_view request_id,
                     std::string_view trace_id);

// Lambda's refusals. `request_id` goes into X-Amzn-RequestId.
void refuse_too_large(http::Exchange& exchange, std::string_view request_id, std::size_t limit);
void refuse_event_too_large(http::Exchange& exchange, std::string_view request_id,
                            std::size_t limit);
void refuse_too_many(http::Exchange& exchange, std::string_view request_id);
// A parameter of the request is not what Lambda takes; `message` says which.
void refuse_parameter(http::Exchange& exchange, std::string_view request_id,
                      std::string_view message);
void refuse_media_type(http::Exchange& exchange, std::string_view request_id,
                       std::string_view content_type);
// The payload is not JSON; `problem` says where.
void refuse_payload(http::Exchange& exchange, std::string_view request_id,
                    std::string_view problem);
void refuse_client_context(http::Exchange& exchange, std::string_view request_id, bool like_cloud);

// Of the API of durable functions: the engine's place says this, not the engine. `type` is one of
// Lambda's.
void refuse_durable(http::Exchange& exchange, int status, std::string_view request_id,
                    std::string_view type, std::string_view message);

// The answer to a browser's preflight request
// (https://fetch.spec.whatwg.org/#cors-preflight-request). `methods` are those that are allowed.
void reply_preflight(http::Exchange& exchange, std::string_view methods);

}  // namespace thimble::emulator
