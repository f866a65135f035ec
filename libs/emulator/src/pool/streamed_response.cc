#include "streamed_response.h"

#include <utility>

#include "thimble/base/base64.h"
#include "thimble/wire/runtime_api.h"

namespace thimble::emulator {
namespace {

// What may wait for a caller to read before the runtime has to wait too.
constexpr std::size_t kMostPending = 256 * 1024;

std::string_view value_of(std::span<const http::Header> headers, std::string_view name) {
  for (const http::Header& header : headers) {
    if (http::same_text_ignoring_case(header.name, name)) return header.value;
  }
  return {};
}

}  // namespace

std::optional<StreamError> stream_error(std::span<const http::Header> trailers) {
  const std::string_view type = value_of(trailers, wire::kFunctionErrorType);
  const std::string_view encoded = value_of(trailers, wire::kFunctionErrorBody);
  if (type.empty() && encoded.empty()) return std::nullopt;
  auto body = base64_decode(encoded);
  return StreamError{.type = std::string(type),
                     .body = body ? std::move(*body) : std::string(encoded)};
}

Outcome outcome_of(StreamError error) {
  auto body = std::make_shared<Buffer>();
  body->append(error.body);
  Outcome outcome{.kind = Outcome::Kind::kStreamError};
  outcome.error_type = std::move(error.type);
  outcome.content_type = "application/json";
  outcome.body = std::move(body);
  return outcome;
}

bool is_streamed(const http::Request& request) {
  const auto mode = request.header(wire::kResponseMode);
  if (mode && !mode->empty()) return *mode == wire::kStreamingMode;
  for (const http::Header& header : request.headers) {
    if (!http::same_text_ignoring_case(header.name, "Trailer")) continue;
    std::string_view names = header.value;
    while (!names.empty()) {
      if (http::same_text_ignoring_case(http::take_list_item(names), wire::kFunctionErrorType))
        return true;
    }
  }
  return false;
}

StreamedResponse::StreamedResponse(EventLoop& loop, const StreamLimits& limits,
                                   http::Exchange& exchange, ResponseStream& sink,
                                   StreamListener& listener)
    : loop_(loop),
      limits_(limits),
      exchange_(&exchange),
      sink_(sink),
      listener_(listener),
      pace_(loop, [this] { go_on(); }) {
  sink_.on_drained([this] {
    waits_for_caller_ = false;
    go_on();
  });
  exchange.stream_body(this);
}

StreamedResponse::~StreamedResponse() {
  sink_.on_drained(nullptr);
  if (exchange_ != nullptr) exchange_->stream_body(nullptr);
}

void StreamedResponse::on_piece(std::string_view piece) {
  const std::string_view allowed = piece.substr(0, limits_.bytes - bytes_);
  const bool is_first = bytes_ == 0;
  bytes_ += allowed.size();
  // The caller first: it has waited longest.
  if (!allowed.empty()) sink_.write(allowed);
  if (is_first) listener_.on_stream_started();
  if (allowed.size() < piece.size()) {
    return listener_.on_stream_too_large(*std::exchange(exchange_, nullptr));
  }
  pause_if_needed();
}

void StreamedResponse::on_end() {
  if (bytes_ == 0) listener_.on_stream_started();
  listener_.on_stream_end(*std::exchange(exchange_, nullptr));
}

void StreamedResponse::on_broken() {
  exchange_ = nullptr;
  listener_.on_stream_broken();
}

void StreamedResponse::pause_if_needed() {
  waits_for_caller_ = sink_.pending_bytes() > kMostPending;
  if (limits_.bytes_per_second != 0 && bytes_ > limits_.unhurried_bytes) {
    const SteadyTime now = loop_.clock().now();
    if (hurried_since_ == SteadyTime()) hurried_since_ = now;
    const auto hurried = static_cast<double>(bytes_ - limits_.unhurried_bytes);
    const std::chrono::duration<double> takes(hurried /
                                              static_cast<double>(limits_.bytes_per_second));
    const SteadyTime due = hurried_since_ + std::chrono::duration_cast<Nanoseconds>(takes);
    if (due > now) pace_.start_at(due);
  }
  if (waits_for_caller_ || pace_.is_running()) exchange_->pause_body();
}

void StreamedResponse::go_on() {
  if (exchange_ == nullptr || waits_for_caller_ || pace_.is_running()) return;
  exchange_->resume_body();
}

}  // namespace thimble::emulator
