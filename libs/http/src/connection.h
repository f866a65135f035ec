#pragma once
// One client's connection: reads requests, lets the handler answer them one after another, writes
// the answers.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "thimble/base/event_loop.h"
#include "thimble/http/exchange.h"
#include "thimble/http/server.h"

#include "reply_head.h"
#include "request_parser.h"

namespace thimble::http {

// What all connections of a server share. Outlives them.
struct ConnectionContext {
  EventLoop& loop;
  BufferPool& buffers;
  Handler& handler;
  Limits limits;
  DateText date;
  std::function<void(Connection&)>
      on_closed;  // called once; the connection is destroyed later, not from inside
};

class Connection final : private Exchange, private RequestParser::BodySink {
 public:
  Connection(ConnectionContext& context, Fd socket);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() override = default;

  // Starts reading.
  [[nodiscard]] Result<void> start();

  // Closes without a word. The exchange in progress, if any, is told.
  void close();

  // Reads what the peer has sent by now.
  void read_pending();

  // No request has been begun, since `idle_since()`.
  [[nodiscard]] bool is_idle() const { return state_ == State::kHead && !has_begun_; }
  [[nodiscard]] SteadyTime idle_since() const { return idle_since_; }

  // Answers 503 to whatever comes and closes.
  void refuse_as_busy();

  // The server's bookkeeping.
  std::size_t index = 0;

 private:
  enum class State {
    kHead,       // waiting for, or in, a head
    kLength,     // in a body of known length
    kChunks,     // in a chunked body
    kAnswering,  // the handler has the exchange
    kStreaming,  // the handler answers in pieces
    kWriting,    // the answer, or the rest of it, is on its way
    kLingering,  // answered and shut down; reads what the peer still sends so that it gets to see
                 // the answer
    kClosed,
  };

  // Exchange
  [[nodiscard]] const Request& request() const override { return request_; }
  [[nodiscard]] Buffer& body() override { return body_; }
  [[nodiscard]] bool body_too_large() const override { return body_size_ > body_limit_; }
  [[nodiscard]] std::size_t body_size() const override { return body_size_; }
  [[nodiscard]] std::span<const Header> trailers() const override { return trailers_; }
  void stream_body(BodyReader* reader) override;
  void pause_body() override;
  void resume_body() override;
  void reply(const Reply& reply, std::string_view body) override;
  void reply(const Reply& reply, std::shared_ptr<const Buffer> body) override;
  void begin(const Reply& reply) override;
  void write(std::span<const std::string_view> parts) override;
  void finish() override;
  [[nodiscard]] std::size_t pending_bytes() const override;
  void on_drained(std::function<void()> callback) override { drained_ = std::move(callback); }
  void abort() override;
  void on_gone(std::function<void()> callback) override { gone_ = std::move(callback); }
  void on_closed(std::function<void()> callback) override { closed_ = std::move(callback); }
  [[nodiscard]] std::uint16_t peer_port() const override;

  // BodySink
  void on_body(std::string_view piece) override;
  void on_trailer(std::string_view name, std::string_view value) override;

  void on_ready(Readiness ready);
  void on_timer();
  void read();
  void read_body();
  void linger();
  [[nodiscard]] Buffer take_used_input();
  void process_input();
  void process_head();
  void process_chunks();
  void take_body_from_input();
  void restart_idle_timer();
  [[nodiscard]] bool is_far_too_large() const;
  void hand_over();
  void end_of_input();
  void refuse(int status, std::string_view reason);
  [[nodiscard]] bool is_in_body() const {
    return state_ == State::kLength || state_ == State::kChunks;
  }
  // Something may be on its way to the peer while the handler has the exchange or afterwards.
  [[nodiscard]] bool is_answering() const {
    return state_ == State::kAnswering || state_ == State::kStreaming || state_ == State::kWriting;
  }
  [[nodiscard]] bool may_reply();
  [[nodiscard]] bool throws_body_away() const { return has_replied_early_ || body_too_large(); }
  void begin_reply(const Reply& reply, std::size_t body_size);
  void end_reply();
  void write();
  void write_pieces();
  void finish_exchange();
  void expect_request();
  [[nodiscard]] bool receive(char* data, std::size_t size, std::size_t& received);
  void ask();

  ConnectionContext& context_;
  Fd socket_;
  FdWatch watch_;
  Timer timer_;
  Deferred next_request_;  // goes on with input that was there before the last answer
  RequestParser parser_;
  State state_ = State::kHead;

  Buffer input_;  // received and not yet parsed: from input_used_ on
  std::size_t input_used_ = 0;
  std::size_t head_looked_at_ = 0;  // bytes after input_used_ that hold no new line end
  Buffer head_;               // of a chunked request whose body does not come in one piece with it
  bool has_begun_ = false;    // the first byte of a head is here
  std::size_t received_ = 0;  // bytes, ever
  bool is_processing_ = false;  // process_input() is on the stack
  bool saw_end_ = false;        // the peer will send no more

  Request request_;
  Buffer body_;
  std::size_t body_limit_ = 0;
  std::size_t body_size_ = 0;  // announced, or received so far if chunked
  std::size_t body_left_ = 0;  // of a body of known length
  std::function<void()> gone_;
  std::function<void()> closed_;
  BodyReader* reader_ = nullptr;    // gets the body in pieces
  bool is_paused_ = false;          // by pause_body()
  bool has_replied_early_ = false;  // before the end of the body, which is thrown away
  std::vector<std::pair<std::string, std::string>> trailer_texts_;
  std::vector<Header> trailers_;  // of trailer_texts_

  std::string out_;  // head, and a small body
  std::shared_ptr<const Buffer> out_body_;
  std::size_t written_ = 0;        // of out_ and out_body_ together
  std::function<void()> drained_;  // while kStreaming
  bool is_chunked_reply_ = false;
  bool is_blocked_ = false;  // kStreaming, and the socket is full
  bool close_after_ = false;
  SteadyTime idle_since_;
};

}  // namespace thimble::http
