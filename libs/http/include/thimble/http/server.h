#pragma once
// A small HTTP/1.1 server (RFC 9112) on one event loop.

#include <cstddef>
#include <memory>

#include "thimble/base/buffer.h"
#include "thimble/base/event_loop.h"
#include "thimble/base/result.h"
#include "thimble/http/address.h"
#include "thimble/http/exchange.h"

namespace thimble::http {

// What one server allows. Durations of zero mean: for ever.
struct Limits {
  std::size_t head_bytes = 32 * 1024;  // request line and headers; 431 past it
  std::size_t headers = 100;           // 431 past it
  std::size_t connections =
      1024;  // past it the longest idle one is closed, or the new one gets 503
  Milliseconds head_time =
      Seconds(10);  // from the connection or the first byte until the head is complete
  Milliseconds idle_time =
      Seconds(60);  // between requests, and between two pieces of a body or an answer
  // How much of a body beyond its limit is read and thrown away, so that the connection can go on,
  // before the request is refused and the connection closed.
  std::size_t discarded_bytes = 1024 * 1024;
  // The peer's end of input means it has gone. Otherwise it still gets its answer (as with `nc
  // -N`).
  bool end_of_input_is_gone = false;
};

class Connection;

// Accepts connections and hands complete requests to a handler. Malformed ones (RFC 9112
// sections 2.2, 5.1, 6.3, 7.1) are answered 400 and the connection is closed. Destroying it closes
// every connection without an answer.
class Server final {
 public:
  // References must outlive the server.
  struct Options {
    EventLoop& loop;
    BufferPool& buffers;
    Handler& handler;
    Limits limits = {};
  };

  // Binds and listens; requests are read from the loop's next turn on. kBusy if another program has
  // the port.
  [[nodiscard]] static Result<std::unique_ptr<Server>> listen(const Address& address,
                                                              const Options& options);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  // Where it really listens: with the port the system chose.
  [[nodiscard]] const Address& address() const;

  // Reads what every peer has sent by now, those included whose connections wait to be accepted, as
  // if the loop had just said so.
  void read_pending();

  // Closes every connection, without answers to what is running.
  void close_connections();
  [[nodiscard]] bool has_connections() const;

  // Stops accepting and closes the connections that have no exchange running.
  void stop_accepting();

 private:
  friend class Connection;
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace thimble::http
