#pragma once
// Reads answers to our own requests.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "thimble/http/request.h"

namespace thimble::http {

// One HTTP/1.1 response (RFC 9112), fed in pieces. Interim responses are passed over; trailers are
// thrown away.
class ResponseReader final {
 public:
  enum class State {
    kHead,
    kBody,
    kDone,
    kBad,  // not HTTP, or more head than anybody needs
  };

  // Who wants more of a response than its status. Called from inside feed().
  class Sink {
   public:
    virtual ~Sink() = default;
    // The head has been read. `headers` are valid during the call; a line that is no header is not
    // among them.
    virtual void on_head(int status, std::span<const Header> headers) = 0;
    // The next bytes of the body, without its coding; valid during the call.
    virtual void on_body(std::string_view piece) = 0;
  };

  // `is_to_head`: the request was a HEAD, so no body follows whatever the response says.
  explicit ResponseReader(bool is_to_head = false) : is_to_head_(is_to_head) {}

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] int status() const { return status_; }
  // Whether another request may follow on this connection. Only when kDone.
  [[nodiscard]] bool keeps_alive() const { return keeps_alive_; }
  [[nodiscard]] bool has_begun() const { return has_begun_; }

  // What comes after the response's end is bad too: nobody has asked for it. Without a sink the
  // head and the body are thrown away.
  void feed(std::string_view bytes, Sink* sink = nullptr);
  // The peer has closed.
  void on_end();

 private:
  enum class Body { kLength, kChunkSize, kChunk, kChunkEnd, kTrailers, kUntilEnd };
  static constexpr std::size_t kMostHead = 32 * 1024;

  void read_head(Sink* sink);
  void read_field(const Header& field);
  [[nodiscard]] bool read_body(std::string_view& bytes, Sink* sink);
  // The next line of a chunked body; false until it is whole.
  [[nodiscard]] bool read_line(std::string_view& bytes);

  bool is_to_head_;
  State state_ = State::kHead;
  Body body_ = Body::kUntilEnd;
  int status_ = 0;
  bool has_begun_ = false;
  bool has_length_ = false;
  bool keeps_alive_ = true;
  std::string text_;      // the head, or a line, so far
  std::size_t left_ = 0;  // of the body or the chunk
};

}  // namespace thimble::http
