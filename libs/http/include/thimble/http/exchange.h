#pragma once
// One request and its answer.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "thimble/base/buffer.h"
#include "thimble/http/request.h"

namespace thimble::http {

// The head of an answer. Date, Content-Length and Connection are added. Values may not carry CR, LF
// or NUL: they are replaced by spaces, so that nobody can add lines.
struct Reply {
  int status = 200;
  std::string_view content_type = {};  // none: no Content-Type
  std::span<const Header> headers = {};
  bool close = false;  // end the connection afterwards
};

// Takes a request's body as it arrives, instead of Exchange::body().
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  // The next bytes, in the order and the pieces they came in; valid during the call.
  virtual void on_piece(std::string_view piece) = 0;
  // The body is complete, and the exchange waits for its reply. Exchange::trailers() are known.
  virtual void on_end() = 0;
  // The peer went away, or sent what is no body. The exchange is no more.
  virtual void on_broken() = 0;
};

// A request, waiting for its one reply. It belongs to its connection: keep a pointer until reply(),
// finish(), abort() or the on_gone callback, whichever comes first, and not longer.
class Exchange {
 public:
  virtual ~Exchange() = default;

  [[nodiscard]] virtual const Request& request() const = 0;

  // The whole body; move it out to keep it. Empty if it was larger than the limit.
  [[nodiscard]] virtual Buffer& body() = 0;
  // True if the body was larger than Handler::body_limit allowed. It was then thrown away; reply at
  // once, since more of it may follow.
  [[nodiscard]] virtual bool body_too_large() const = 0;
  // How many bytes the body has, also when it was too large; then, of a chunked one, those that
  // have come.
  [[nodiscard]] virtual std::size_t body_size() const = 0;

  // The fields after a chunked body (RFC 9112 section 7.1.2), once it has been read.
  [[nodiscard]] virtual std::span<const Header> trailers() const = 0;

  // Only from Handler::on_head(): `reader`, which must live until it is told the end, gets the
  // body. Called again, with null: the rest of the body is thrown away, and the request then comes
  // to Handler::on_request().
  virtual void stream_body(BodyReader* reader) = 0;
  // Stops reading the body from the peer, who has to wait. What has been read already, 64 KiB at
  // most, still comes.
  virtual void pause_body() = 0;
  virtual void resume_body() = 0;

  // Answers. Before the end of a body that is streamed, or in on_head(), the answer is sent at once
  // and the rest of the body thrown away; its reader hears no more.
  // The bytes of `body` are copied if the socket does not take them at once.
  virtual void reply(const Reply& reply, std::string_view body) = 0;
  // Answers without copying: `body` is written from where it is and then let go.
  virtual void reply(const Reply& reply, std::shared_ptr<const Buffer> body) = 0;

  // Answers in pieces, as a chunked body: begin(), write()s, finish(). The head leaves with the
  // first piece. Each write() is one chunk, of all its parts; what the socket does not take at once
  // is copied, so look at pending_bytes() before more. on_gone's callback may come from inside.
  virtual void begin(const Reply& reply) = 0;
  virtual void write(std::span<const std::string_view> parts) = 0;
  virtual void finish() = 0;
  // Bytes that wait for the peer to read.
  [[nodiscard]] virtual std::size_t pending_bytes() const = 0;
  // Calls every time pending_bytes() has come down to 0 again between begin() and finish().
  virtual void on_drained(std::function<void()> callback) = 0;

  // Closes the connection without an answer, or, after begin(), without the end of it.
  virtual void abort() = 0;

  // Calls once if the peer goes away before the reply, or the end of one in pieces. After it the
  // exchange is no more.
  virtual void on_gone(std::function<void()> callback) = 0;

  // Calls once when the connection has closed, also after the reply, until it is set again by a
  // later exchange of the connection.
  virtual void on_closed(std::function<void()> callback) = 0;
  // The peer's port; 0: not known.
  [[nodiscard]] virtual std::uint16_t peer_port() const { return 0; }
};

// Who answers. Called on the loop's thread; may reply at once or later.
class Handler {
 public:
  virtual ~Handler() = default;

  // Called when the head has been read: how many bytes of body are wanted. Zero for a request that
  // will be refused.
  [[nodiscard]] virtual std::size_t body_limit(const Request& request) = 0;

  // Called next if a body follows: the handler may stream_body() or reply(), or let it be read.
  virtual void on_head(Exchange&) {}

  // Called when the body has been read too.
  virtual void on_request(Exchange& exchange) = 0;
};

}  // namespace thimble::http
