#include "connection.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace thimble::http {
namespace {

// A peer that never stops sending must not keep the loop from everybody else.
constexpr int kReadsAtOnce = 64;

constexpr std::size_t kFirstRead = 4 * 1024;  // enough for nearly every head, with a small body
constexpr std::size_t kChunkRead = 64 * 1024;
constexpr std::size_t kCopiedBody =
    16 * 1024;  // smaller answers go out with their head in one piece
constexpr Milliseconds kLingerTime = Seconds(2);
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

Connection::Connection(ConnectionContext& context, Fd socket)
    : context_(context),
      socket_(std::move(socket)),
      watch_(context.loop, [this](Readiness ready) { on_ready(ready); }),
      timer_(context.loop, [this] { on_timer(); }),
      next_request_(context.loop, [this] { process_input(); }),
      parser_({context.limits.head_bytes, context.limits.headers}),
      idle_since_(context.loop.clock().now()) {}

Result<void> Connection::start() {
  if (context_.limits.head_time.count() > 0) timer_.start_after(context_.limits.head_time);
  return watch_.start(socket_.number(), {.readable = true});
}

void Connection::close() {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  watch_.stop();
  timer_.cancel();
  socket_.reset();
  drained_ = nullptr;
  // Moved out first: the callback may start something new.
  const auto gone = std::exchange(gone_, nullptr);
  if (BodyReader* reader = std::exchange(reader_, nullptr)) reader->on_broken();
  if (gone) gone();
  if (const auto closed = std::exchange(closed_, nullptr)) closed();
  context_.on_closed(*this);
}

std::uint16_t Connection::peer_port() const {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  if (::getpeername(socket_.number(), reinterpret_cast<sockaddr*>(&peer), &size) != 0) return 0;
  if (peer.ss_family == AF_INET6)
    return ntohs(reinterpret_cast<const sockaddr_in6&>(peer).sin6_port);
  return ntohs(reinterpret_cast<const sockaddr_in&>(peer).sin_port);
}

void Connection::on_ready(Readiness ready) {
  if (ready.failed && state_ != State::kHead && state_ != State::kLength &&
      state_ != State::kChunks) {
    close();
    return;
  }
  if (ready.writable && state_ == State::kWriting) write();
  if (ready.writable && state_ == State::kStreaming) write_pieces();
  // A peer that is gone can no longer be made to wait.
  if (ready.failed) is_paused_ = false;
  if ((ready.readable || ready.failed) && state_ != State::kClosed) read();
}

void Connection::read_pending() {
  // A body that is streamed is read to its end, or as far as it has come.
  std::size_t before = 0;
  do {
    before = received_;
    is_paused_ = false;
    on_ready({.readable = true});
  } while (received_ != before && is_in_body());
}

void Connection::on_timer() {
  // Silence in the middle of a request is told; RFC 9110 section 15.5.9.
  if (state_ == State::kHead && has_begun_) {
    refuse(408, "the head took too long");
  } else if (state_ != State::kAnswering) {
    close();
  }
}

// Returns false when there is nothing to go on with: no bytes yet, the end, or an error.
bool Connection::receive(char* data, std::size_t size, std::size_t& received) {
  for (;;) {
    const ssize_t got = ::recv(socket_.number(), data, size, 0);
    if (got > 0) {
      received = static_cast<std::size_t>(got);
      received_ += received;
      return true;
    }
    if (got == 0) {
      end_of_input();
      return false;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) close();
    return false;
  }
}

void Connection::end_of_input() {
  saw_end_ = true;
  if (is_answering() && !context_.limits.end_of_input_is_gone) {
    // Half-closed: the peer still waits for its answer. A reset shows as an error later.
    close_after_ = true;
    ask();
    return;
  }
  close();
}

void Connection::read() {
  if (state_ == State::kLingering) return linger();
  if (state_ == State::kLength) return read_body();
  if (state_ == State::kChunks && head_.empty()) {
    // The request's headers point into these bytes.
    head_ = take_used_input();
  } else if (state_ == State::kHead || state_ == State::kChunks) {
    // Nothing points into what has been used, and more pipelined requests may always follow.
    if (input_used_ == input_.size()) {
      input_.clear();
      input_used_ = 0;
    } else if (input_used_ > 0 && input_.spare().empty()) {
      const Buffer used = take_used_input();
    }
  }
  const std::size_t wanted = state_ == State::kChunks ? kChunkRead : kFirstRead;
  if (input_.spare().empty() || state_ == State::kChunks) {
    if (is_answering()) {
      // Headers of the running exchange point into the input, so it stays where it is: the peer
      // waits.
      if (input_.spare().empty()) {
        watch_.ask({.readable = false, .writable = pending_bytes() > 0});
        return;
      }
    } else {
      input_.reserve(std::max(input_.size() + wanted, input_.capacity()));
    }
  }
  const auto room = input_.spare();
  std::size_t received = 0;
  if (!receive(room.data(), room.size(), received)) return;
  input_.commit(received);
  const bool may_have_more = received == room.size();
  process_input();
  // The rest of a body that began in a full read is most likely there already.
  if (may_have_more && state_ == State::kLength) read_body();
}

// What is not used is copied elsewhere; the rest stays where it is and is returned.
Buffer Connection::take_used_input() {
  Buffer rest;
  rest.append(input_.view().substr(std::exchange(input_used_, 0)));
  return std::exchange(input_, std::move(rest));
}

void Connection::process_input() {
  if (is_processing_) return;
  is_processing_ = true;
  bool goes_on = true;
  while (goes_on) {
    const State before = state_;
    const std::size_t used = input_used_;
    if (state_ == State::kHead) {
      process_head();
    } else if (state_ == State::kChunks) {
      process_chunks();
    } else {
      break;
    }
    const bool moved = state_ != before || input_used_ != used;
    goes_on = moved && input_used_ < input_.size();
  }
  is_processing_ = false;
  if (state_ != State::kClosed) ask();
}

void Connection::process_head() {
  if (!std::exchange(has_begun_, true) && context_.limits.head_time.count() > 0) {
    timer_.start_after(context_.limits.head_time);
  }
  // The parser starts again each time, since the input may have moved; so only when there is a new
  // line to read.
  const std::string_view head = input_.view().substr(input_used_);
  const std::size_t line_end = head.find_first_of("\r\n", head_looked_at_);
  const bool has_new_line =
      line_end != std::string_view::npos && (head[line_end] == '\n' || line_end + 1 < head.size());
  if (!has_new_line && head.size() < context_.limits.head_bytes) {
    head_looked_at_ = std::min(line_end, head.size());
    return;
  }
  const auto progress = parser_.parse_head(head, request_);
  if (progress.state == RequestParser::State::kNeedsMore) {
    head_looked_at_ = head.size();
    return;
  }
  head_looked_at_ = 0;
  input_used_ += progress.used;
  if (progress.state == RequestParser::State::kRefused)
    return refuse(progress.status, progress.reason);

  body_limit_ = context_.handler.body_limit(request_);
  body_size_ = 0;
  has_replied_early_ = false;
  close_after_ = request_.wants_close;
  const bool expects_continue = [&] {
    const auto expect = request_.header("expect");
    return expect && same_text_ignoring_case(*expect, "100-continue") && !request_.is_http_1_0;
  }();
  const bool has_body_bytes = input_used_ < input_.size();

  if (parser_.is_chunked()) {
    state_ = State::kChunks;
    context_.handler.on_head(*this);
    if (state_ != State::kChunks) return;
    if (reader_ == nullptr) body_ = context_.buffers.take(0);
  } else {
    body_size_ = body_left_ = parser_.content_length();
    if (body_size_ > 0) {
      state_ = State::kLength;
      context_.handler.on_head(*this);
      if (state_ != State::kLength) return;
    }
    if ((expects_continue && body_too_large()) || is_far_too_large()) {
      // Say no before it has sent everything. What comes all the same is not read as a request.
      close_after_ = true;
      return hand_over();
    }
    const bool is_kept = reader_ == nullptr && !throws_body_away();
    if (is_kept && body_size_ > 0) body_ = context_.buffers.take(body_size_);
    state_ = State::kLength;
    take_body_from_input();
  }
  if (expects_continue && !has_body_bytes && is_in_body()) {
    // 25 bytes into an empty socket buffer: they fit, or the peer is gone, which the next read
    // tells.
    std::ignore = ::send(socket_.number(), kContinue.data(), kContinue.size(), MSG_NOSIGNAL);
  }
}

void Connection::take_body_from_input() {
  const std::size_t here = std::min(body_left_, input_.size() - input_used_);
  const std::string_view piece = input_.view().substr(input_used_, here);
  input_used_ += here;
  body_left_ -= here;
  if (reader_ != nullptr) {
    if (!piece.empty()) reader_->on_piece(piece);
    if (state_ != State::kLength) return;
  } else if (!throws_body_away()) {
    body_.append(piece);
  }
  if (body_left_ == 0) return hand_over();
  restart_idle_timer();
}

void Connection::restart_idle_timer() {
  if (context_.limits.idle_time.count() > 0 && !is_paused_) {
    timer_.start_after(context_.limits.idle_time);
  } else {
    timer_.cancel();
  }
}

bool Connection::is_far_too_large() const {
  return body_too_large() && body_size_ - body_limit_ > context_.limits.discarded_bytes;
}

void Connection::read_body() {
  for (int i = 0; i < kReadsAtOnce && state_ == State::kLength && !is_paused_; ++i) {
    char passing[16 * 1024];  // to a reader, or nowhere
    const bool keep = reader_ == nullptr && !throws_body_away();
    char* into = keep ? body_.spare().data() : passing;
    const std::size_t wanted = keep ? body_left_ : std::min(body_left_, sizeof passing);
    std::size_t received = 0;
    if (!receive(into, wanted, received)) return;
    if (keep) body_.commit(received);
    body_left_ -= received;
    if (reader_ != nullptr) {
      reader_->on_piece({passing, received});
      if (state_ != State::kLength) return;
    }
    if (body_left_ == 0) return hand_over();
    restart_idle_timer();
    if (received < wanted) return;  // the socket is empty
  }
}

void Connection::process_chunks() {
  const auto progress = parser_.parse_chunks(input_.view().substr(input_used_), *this);
  input_used_ += progress.used;
  if (state_ != State::kChunks) return;  // the reader has ended it
  if (progress.state == RequestParser::State::kRefused) return refuse(400, "bad chunk");
  if (progress.state == RequestParser::State::kDone) return hand_over();
  if (is_far_too_large()) {
    close_after_ = true;
    return hand_over();
  }
  restart_idle_timer();
}

void Connection::on_body(std::string_view piece) {
  if (reader_ != nullptr) return reader_->on_piece(piece);
  body_size_ += piece.size();
  if (throws_body_away()) {
    body_ = Buffer();
  } else {
    body_.append(piece);
  }
}

void Connection::on_trailer(std::string_view name, std::string_view value) {
  trailer_texts_.emplace_back(name, value);
}

void Connection::hand_over() {
  timer_.cancel();
  is_paused_ = false;
  if (has_replied_early_) return end_reply();
  state_ = State::kAnswering;
  for (const auto& [name, value] : trailer_texts_) trailers_.push_back({name, value});
  if (BodyReader* reader = std::exchange(reader_, nullptr)) return reader->on_end();
  context_.handler.on_request(*this);
}

void Connection::ask() {
  const bool reads = !saw_end_ && !is_paused_ && state_ != State::kClosed;
  watch_.ask({.readable = reads, .writable = pending_bytes() > 0});
}

void Connection::refuse(int status, std::string_view reason) {
  close_after_ = true;
  if (has_replied_early_) return end_reply();
  if (BodyReader* reader = std::exchange(reader_, nullptr)) reader->on_broken();
  is_paused_ = false;
  std::string body = std::to_string(status) + " " + std::string(reason_phrase(status));
  if (!reason.empty()) body.append(": ").append(reason);
  state_ = State::kAnswering;
  reply({.status = status, .content_type = "text/plain; charset=utf-8", .close = true}, body);
}

void Connection::refuse_as_busy() {
  refuse(503, "too many connections");
}

void Connection::begin_reply(const Reply& reply, std::size_t body_size) {
  gone_ = nullptr;
  close_after_ = close_after_ || reply.close;
  out_.clear();
  append_reply_head(out_, reply, body_size, close_after_, context_.date.now());
  if (request_.is_http_1_0 && !close_after_) {
    // It asked for that and must be told, or it waits for the end: RFC 9112 appendix C.2.2.
    out_.insert(out_.size() - 2, "Connection: keep-alive\r\n");
  }
  written_ = 0;
  state_ = State::kWriting;
}

// Whether an answer may come now, perhaps before the end of the request's body.
bool Connection::may_reply() {
  if (state_ == State::kAnswering) return true;
  if (!is_in_body() || has_replied_early_) return false;
  if (reader_ != nullptr) {
    // The rest is thrown away, and counts as too much.
    reader_ = nullptr;
    body_limit_ = 0;
  }
  is_paused_ = false;
  // It may never send what it asks whether to send.
  if (request_.header("expect")) close_after_ = true;
  has_replied_early_ = !close_after_;
  return true;
}

void Connection::reply(const Reply& reply, std::string_view body) {
  const State reading = state_;
  if (!may_reply()) return;
  begin_reply(reply, body.size());
  if (request_.method != "HEAD") out_ += body;
  if (!has_replied_early_) return write();
  // A small answer: it fits into an empty socket buffer, or what is left goes out after the body.
  const ssize_t sent = ::send(socket_.number(), out_.data(), out_.size(), MSG_NOSIGNAL);
  if (sent > 0) written_ = static_cast<std::size_t>(sent);
  state_ = reading;
  ask();
}

void Connection::end_reply() {
  has_replied_early_ = false;
  state_ = State::kWriting;
  write();
}

void Connection::reply(const Reply& reply, std::shared_ptr<const Buffer> body) {
  if (body->size() <= kCopiedBody || is_in_body()) return this->reply(reply, body->view());
  if (state_ != State::kAnswering) return;
  begin_reply(reply, body->size());
  if (request_.method != "HEAD") out_body_ = std::move(body);
  write();
}

void Connection::write() {
  for (;;) {
    iovec parts[2];
    std::size_t count = 0;
    if (written_ < out_.size()) parts[count++] = {out_.data() + written_, out_.size() - written_};
    const std::size_t body_done = written_ > out_.size() ? written_ - out_.size() : 0;
    const std::string_view rest =
        out_body_ ? out_body_->view().substr(body_done) : std::string_view();
    if (!rest.empty()) parts[count++] = {const_cast<char*>(rest.data()), rest.size()};
    if (count == 0) return finish_exchange();

    ssize_t sent = 0;
    if (count == 1) {
      sent = ::send(socket_.number(), parts[0].iov_base, parts[0].iov_len, MSG_NOSIGNAL);
    } else {
      msghdr message{};
      message.msg_iov = parts;
      message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(count);  // int in musl
      sent = ::sendmsg(socket_.number(), &message, MSG_NOSIGNAL);
    }
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) return close();
      restart_idle_timer();
      return ask();
    }
    written_ += static_cast<std::size_t>(sent);
  }
}

void Connection::finish_exchange() {
  out_body_.reset();
  out_.clear();
  written_ = 0;
  trailer_texts_.clear();
  trailers_.clear();
  body_ = Buffer();
  head_ = Buffer();
  if (close_after_) {
    // RFC 9112 section 9.6: close in two steps, or a reset may destroy the answer on its way.
    state_ = State::kLingering;
    ::shutdown(socket_.number(), SHUT_WR);
    timer_.start_after(kLingerTime);
    if (saw_end_) return close();
    return ask();
  }
  expect_request();
  if (input_used_ < input_.size()) {
    // A pipelined request: not from here, the handler that replied may not be ready for it.
    if (!is_processing_) next_request_.schedule();
  } else {
    ask();
  }
}

void Connection::expect_request() {
  state_ = State::kHead;
  has_begun_ = false;
  request_.method.clear();
  idle_since_ = context_.loop.clock().now();
  restart_idle_timer();
}

void Connection::linger() {
  char discarded[16 * 1024];
  std::size_t received = 0;
  for (int i = 0; i < kReadsAtOnce && state_ == State::kLingering; ++i) {
    if (!receive(discarded, sizeof discarded, received)) return;
  }
}

}  // namespace thimble::http
