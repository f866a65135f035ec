#pragma once
// One request and its answer.

#include <cstddef>
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

// A request whose body has been read, waiting for its one reply(). It belongs to its connection:
// keep a pointer until reply(), abort() or the on_gone callback, whichever comes first, and not
// longer.
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

  // Answers. The bytes of `body` are copied if the socket does not take them at once.
  virtual void reply(const Reply& reply, std::string_view body) = 0;
  // Answers without copying: `body` is written from where it is and then let go.
  virtual void reply(const Reply& reply, std::shared_ptr<const Buffer> body) = 0;

  // Closes the connection without an answer.
  virtual void abort() = 0;

  // Calls once if the peer goes away before the reply. After it the exchange is no more.
  virtual void on_gone(std::function<void()> callback) = 0;
};

// Who answers. Called on the loop's thread; may reply at once or later.
class Handler {
 public:
  virtual ~Handler() = default;

  // Called when the head has been read: how many bytes of body are wanted. Zero for a request that
  // will be refused.
  [[nodiscard]] virtual std::size_t body_limit(const Request& request) = 0;

  // Called when the body has been read too.
  virtual void on_request(Exchange& exchange) = 0;
};

}  // namespace thimble::http
