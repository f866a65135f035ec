#pragma once
// A response on its way from the runtime to a caller who wants it as it is produced.

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "thimble/base/event_loop.h"
#include "thimble/http/exchange.h"

#include "invocation.h"

namespace thimble::emulator {

// How much may be streamed, and how fast.
struct StreamLimits {
  std::size_t bytes;
  // After the first bytes, which are as fast as they can be. 0: all are.
  std::size_t bytes_per_second = 0;
  std::size_t unhurried_bytes;
};

// The error a runtime ended its response with, if one is among the fields after the body.
struct StreamError {
  std::string type;
  std::string body;  // decoded
};
[[nodiscard]] std::optional<StreamError> stream_error(std::span<const http::Header> trailers);

// What a caller is told of it.
[[nodiscard]] Outcome outcome_of(StreamError error);

// Whether the runtime will produce the response piece by piece: it says so, or it announces the
// trailers of one that does.
[[nodiscard]] bool is_streamed(const http::Request& request);

// Told what becomes of a StreamedResponse. Only the first of these may come more than never; after
// another one it does nothing any more, and may be destroyed from inside.
class StreamListener {
 public:
  virtual ~StreamListener() = default;
  virtual void on_stream_started() = 0;
  // All of it has come; `exchange` waits for its answer.
  virtual void on_stream_end(http::Exchange& exchange) = 0;
  // There is more than allowed. What was allowed has been passed on; `exchange` waits for its
  // answer.
  virtual void on_stream_too_large(http::Exchange& exchange) = 0;
  // The runtime's connection broke. Its exchange is no more.
  virtual void on_stream_broken() = 0;
};

// Reads what the runtime posts and hands it to the invocation's stream. Holds the runtime back
// while the caller does not read, or when it is faster than allowed. Destroyed early, it lets the
// rest of the body be thrown away.
class StreamedResponse final : public http::BodyReader {
 public:
  // References outlive it, except `exchange`, which tells when it goes.
  StreamedResponse(EventLoop& loop, const StreamLimits& limits, http::Exchange& exchange,
                   ResponseStream& sink, StreamListener& listener);
  StreamedResponse(const StreamedResponse&) = delete;
  StreamedResponse& operator=(const StreamedResponse&) = delete;
  ~StreamedResponse() override;

  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  void on_piece(std::string_view piece) override;
  void on_end() override;
  void on_broken() override;
  void pause_if_needed();
  void go_on();

  EventLoop& loop_;
  StreamLimits limits_;
  http::Exchange* exchange_;  // null once it is answered or gone
  ResponseStream& sink_;
  StreamListener& listener_;
  Timer pace_;
  SteadyTime hurried_since_;  // when the unhurried bytes had come
  std::size_t bytes_ = 0;     // passed on
  bool waits_for_caller_ = false;
};

}  // namespace thimble::emulator
