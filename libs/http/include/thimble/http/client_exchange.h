#pragma once
// A request of our own to another server, and its response as it comes.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "thimble/base/event_loop.h"
#include "thimble/base/fd.h"
#include "thimble/http/endpoint.h"
#include "thimble/http/response_reader.h"

namespace thimble::http {

// Why there is no response, or no end of one.
enum class ClientFailure {
  kUnreachable,  // nobody listens there
  kTimedOut,
  kBroken,  // the connection ended, or what came is no response
};

// Told what becomes of a request. Nothing more after the end or the failure.
class ClientListener {
 public:
  virtual ~ClientListener() = default;
  // `headers` are valid during the call.
  virtual void on_response(int status, std::span<const Header> headers) = 0;
  virtual void on_response_piece(std::string_view piece) = 0;
  virtual void on_response_end() = 0;
  // `reason` is for people, such as "connection refused".
  virtual void on_response_failed(ClientFailure failure, std::string_view reason) = 0;
  // The server has taken everything that was sent so far, or will take no more of it.
  virtual void on_sent() = 0;
};

// One request over a connection of its own. The listener may close() it from inside any call, and
// destroy it later.
class ClientExchange final : private ResponseReader::Sink {
 public:
  // References outlive the exchange.
  struct Options {
    EventLoop& loop;
    const Endpoint& endpoint;
    Milliseconds longest_silence;  // of the server, whenever it is its turn; 0: for ever
    bool is_head = false;          // the method is HEAD
  };

  ClientExchange(const Options& options, ClientListener& listener);
  ClientExchange(const ClientExchange&) = delete;
  ClientExchange& operator=(const ClientExchange&) = delete;
  ~ClientExchange() override = default;

  // Sends bytes of the request, head and framing included; what the socket does not take is copied.
  // The first call connects. The listener hears nothing before the loop's turn ends.
  void send(std::string_view bytes);
  // The request is complete: it is the server's turn.
  void finish();
  // The rest of the request is not wanted: what waits is thrown away, and so is what comes.
  void stop_sending();
  // Bytes that the server has not taken yet.
  [[nodiscard]] std::size_t pending_bytes() const { return out_.size() - written_; }

  // Stops reading the response, so that the server has to wait. What has been read still comes, and
  // so does the rest if the server has gone.
  void pause();
  void resume();

  // Ends it without another word to the listener.
  void close();

 private:
  enum class State { kNew, kConnecting, kOpen, kClosed };

  void on_head(int status, std::span<const Header> headers) override;
  void on_body(std::string_view piece) override;

  void connect();
  void on_silence();
  void on_ready(Readiness ready);
  void write_some();
  void read_some();
  void on_input(std::string_view bytes);
  void ask();
  void fail(ClientFailure failure, std::string_view reason);

  const Endpoint& endpoint_;
  const Milliseconds longest_silence_;
  ClientListener& listener_;
  FdWatch watch_;
  Timer silence_;
  Deferred proceed_;  // connects, or sends

  State state_ = State::kNew;
  std::size_t next_address_ = 0;
  Fd socket_;
  std::string out_;
  std::size_t written_ = 0;     // of out_
  bool is_finished_ = false;    // the request is complete
  bool takes_no_more_ = false;  // nobody wants the rest of the request
  bool is_paused_ = false;
  ResponseReader reader_;
};

}  // namespace thimble::http
