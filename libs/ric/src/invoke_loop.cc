#include "invoke_loop.h"

#include <poll.h>

#include <algorithm>

#include <thimble/ric/log.h>

#include "current_error.h"
#include "log_request.h"
#include "trace_variable.h"

namespace thimble::ric {
namespace {

// How often in a row the next invocation is asked for in vain, and the first pause; each is twice
// the one before.
constexpr int kMostAttempts = 5;
constexpr int kFirstPauseMs = 100;

HandlerError bad_content_type() {
  return {"Runtime.InvalidContentType", "the response's content type has control characters"};
}

// A content type that may stand in a header.
bool is_header_text(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c != '\x7f'; });
}

// A streamed answer, on its way to the Runtime API.
class PostedStream final : public ResponseStream::Sink {
 public:
  PostedStream(RuntimeClient& client, const Context& context)
      : client_(client), context_(context) {}

  Result<void> begin(std::string_view content_type) override {
    if (!state_) return state_;
    if (!is_header_text(content_type)) {
      return fail(ErrorCode::kInvalid, bad_content_type().message);
    }
    return keep(client_.begin_response(context_, content_type));
  }
  Result<void> write(std::string_view piece) override {
    if (!state_) return state_;
    return keep(client_.write_piece(piece));
  }
  // The first failure.
  [[nodiscard]] const Result<void>& state() const { return state_; }

 private:
  Result<void> keep(Result<void> result) {
    if (!result && state_) state_ = result;
    return result;
  }

  RuntimeClient& client_;
  const Context& context_;
  Result<void> state_;
};

}  // namespace

InvokeLoop::InvokeLoop(Endpoint endpoint, detail::Handler handler, const Settings& settings,
                       bool is_alone)
    : client_(std::move(endpoint)),
      handler_(handler),
      context_{.function_name = settings.function_name,
               .function_version = settings.function_version,
               .memory_limit_mb = settings.memory_limit_mb,
               .log_group_name = settings.log_group_name,
               .log_stream_name = settings.log_stream_name},
      call_{.event = {}, .context = context_},
      is_alone_(is_alone) {}

void InvokeLoop::run() {
  int failures = 0;
  int pause_ms = kFirstPauseMs;
  while (true) {
    const auto event = client_.next(context_);
    if (!event) {
      log::error(event.error().message);
      if (event.error().code == ErrorCode::kLimit || ++failures == kMostAttempts) return;
      ::poll(nullptr, 0, pause_ms);
      pause_ms *= 2;
      continue;
    }
    failures = 0;
    pause_ms = kFirstPauseMs;
    if (is_alone_) set_trace_variable(context_.trace_id);
    // The context's is where the next answer is read to.
    request_id_ = context_.request_id;
    log::set_request_id(request_id_);
    const auto handled = handle(*event);
    // Whatever it was, the invocation is over for Lambda, too.
    if (!handled) log::error(handled.error().message);
    log::set_request_id({});
    if (!handled && handled.error().code == ErrorCode::kLimit) return;
  }
}

void InvokeLoop::call_handler() {
  try {
    handler_.call(handler_.object, call_);
  } catch (...) {
    call_.error = current_error();
  }
  if (!call_.error && call_.stream != nullptr && !call_.stream->has_begun()) {
    if (auto begun = call_.stream->flush(); !begun && begun.error().code == ErrorCode::kInvalid) {
      call_.error = bad_content_type();
    }
  }
  if (!call_.error && !is_header_text(call_.content_type)) call_.error = bad_content_type();
  if (call_.error) log::write_error({}, *call_.error);
}

Result<void> InvokeLoop::handle(std::string_view event) {
  call_.event = event;
  call_.body = {};
  call_.content_type.clear();
  call_.error.reset();
  if (handler_.streams) return handle_streaming();
  call_handler();
  if (call_.error) return client_.post_error(context_, *call_.error);
  return client_.post_response(
      context_,
      call_.content_type.empty() ? std::string_view("application/json") : call_.content_type,
      call_.body);
}

Result<void> InvokeLoop::handle_streaming() {
  PostedStream sink(client_, context_);
  ResponseStream stream(sink);
  call_.stream = &stream;
  call_handler();
  call_.stream = nullptr;
  if (!stream.has_begun()) {
    return call_.error ? client_.post_error(context_, *call_.error) : sink.state();
  }
  const auto ended = client_.end_response(call_.error ? &*call_.error : nullptr);
  // What the Runtime API says is the reason why no more could be written, if it says something.
  if (sink.state() || (!ended && ended.error().code != ErrorCode::kIo)) return ended;
  return sink.state();
}

}  // namespace thimble::ric
