#pragma once
// Reads HTTP/1.1 requests out of a stream of bytes: Boost.Beast's strict parser behind a small
// door.

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "thimble/http/request.h"

namespace thimble::http {

// Parses one request after another. Bytes are given again until they are said to be used.
class RequestParser final {
 public:
  struct Limits {
    std::size_t head_bytes;
    std::size_t headers;
  };

  enum class State {
    kNeedsMore,  // give more bytes after those not yet used
    kDone,       // the head, or the chunked body, is complete
    kRefused,    // answer with `status` and close
  };

  struct Progress {
    State state = State::kNeedsMore;
    std::size_t used = 0;  // bytes of the input that are done with
    int status = 400;      // for kRefused
    std::string_view reason = {};
  };

  explicit RequestParser(Limits limits);
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;
  ~RequestParser();

  // Reads a head, which must be given from its beginning each time, into `request`, whose headers
  // then point into `bytes`. Nothing is used until it is complete.
  [[nodiscard]] Progress parse_head(std::string_view bytes, Request& request);

  // After the head: how the body is framed (RFC 9112 section 6.3).
  [[nodiscard]] bool is_chunked() const;
  [[nodiscard]] std::size_t content_length() const;

  // Takes the body pieces of a chunked message.
  class BodySink {
   public:
    virtual ~BodySink() = default;
    virtual void on_body(std::string_view piece) = 0;
    // A field after the last chunk; valid during the call. At most Limits::headers of them.
    virtual void on_trailer(std::string_view, std::string_view) {}
  };

  // Reads chunks; their content goes to `sink`, extensions are ignored.
  [[nodiscard]] Progress parse_chunks(std::string_view bytes, BodySink& sink);

 private:
  class Beast;
  void start();
  Limits limits_;
  std::unique_ptr<std::optional<Beast>> beast_;
};

}  // namespace thimble::http
