// Bodies in pieces: a request's to whom the handler says, an answer's as the handler has them.

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "connection.h"

namespace thimble::http {
namespace {

// The most parts of one write() that leave without being copied.
constexpr std::size_t kMostParts = 4;

}  // namespace

// --- the request's

void Connection::stream_body(BodyReader* reader) {
  if (!is_in_body() || has_replied_early_) return;
  reader_ = reader;
  // A reader looks after sizes itself; what it gives up is not kept.
  body_limit_ = reader != nullptr ? static_cast<std::size_t>(-1) : 0;
  if (reader == nullptr) resume_body();
}

void Connection::pause_body() {
  if (!is_in_body() || is_paused_) return;
  is_paused_ = true;
  timer_.cancel();
  ask();
}

void Connection::resume_body() {
  if (!std::exchange(is_paused_, false)) return;
  restart_idle_timer();
  ask();
}

// --- the answer's

void Connection::begin(const Reply& reply) {
  if (state_ != State::kAnswering) return;
  is_chunked_reply_ = !request_.is_http_1_0;
  close_after_ = close_after_ || reply.close || !is_chunked_reply_;
  out_.clear();
  written_ = 0;
  append_reply_head(out_, reply, 0, close_after_, context_.date.now(),
                    is_chunked_reply_ ? Framing::kChunks : Framing::kClose);
  state_ = State::kStreaming;
}

void Connection::write(std::span<const std::string_view> parts) {
  if (state_ != State::kStreaming || request_.method == "HEAD") return;
  std::size_t size = 0;
  for (const std::string_view part : parts) size += part.size();
  if (size == 0) return;  // an empty chunk would be the end

  const bool was_pending = is_blocked_;
  if (is_chunked_reply_) {
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, size, 16).ptr;
    out_.append(digits, end).append("\r\n");
  }
  const std::string_view tail = is_chunked_reply_ ? "\r\n" : "";
  if (was_pending || parts.size() > kMostParts) {
    for (const std::string_view part : parts) out_ += part;
    out_ += tail;
    if (!was_pending) write_pieces();
    return;
  }

  // Nothing waits: what the socket takes is never copied.
  iovec pieces[kMostParts + 2];
  std::size_t count = 0;
  const auto add = [&](std::string_view bytes) {
    if (!bytes.empty()) pieces[count++] = {const_cast<char*>(bytes.data()), bytes.size()};
  };
  add(out_);
  for (const std::string_view part : parts) add(part);
  add(tail);
  msghdr message{};
  message.msg_iov = pieces;
  message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(count);  // int in musl
  ssize_t sent = 0;
  do {
    sent = ::sendmsg(socket_.number(), &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0 && errno != EAGAIN) return close();

  auto taken = static_cast<std::size_t>(sent < 0 ? 0 : sent);
  std::string rest;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view bytes(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
    const std::size_t here = std::min(taken, bytes.size());
    taken -= here;
    rest += bytes.substr(here);
  }
  out_ = std::move(rest);
  if (out_.empty()) return;
  is_blocked_ = true;
  restart_idle_timer();
  ask();
}

// Goes on with what waits while the handler is not done.
void Connection::write_pieces() {
  while (written_ < out_.size()) {
    const ssize_t sent =
        ::send(socket_.number(), out_.data() + written_, out_.size() - written_, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) return close();
      is_blocked_ = true;
      // Not for every piece: erasing moves what is left.
      if (written_ >= out_.size() / 2) out_.erase(0, std::exchange(written_, 0));
      restart_idle_timer();
      return ask();
    }
    written_ += static_cast<std::size_t>(sent);
  }
  out_.clear();
  written_ = 0;
  timer_.cancel();
  if (!std::exchange(is_blocked_, false)) return;
  ask();
  // Called from a copy: it may set another.
  if (const auto drained = drained_) drained();
}

void Connection::finish() {
  if (state_ != State::kStreaming) return;
  gone_ = nullptr;
  drained_ = nullptr;
  is_blocked_ = false;
  if (is_chunked_reply_ && request_.method != "HEAD") out_ += "0\r\n\r\n";
  state_ = State::kWriting;
  write();
}

void Connection::abort() {
  if (state_ != State::kStreaming) return close();
  // What has been written arrives; the end of it does not.
  gone_ = nullptr;
  drained_ = nullptr;
  is_blocked_ = false;
  close_after_ = true;
  state_ = State::kWriting;
  write();
}

std::size_t Connection::pending_bytes() const {
  if (state_ == State::kStreaming) return is_blocked_ ? out_.size() - written_ : 0;
  return state_ == State::kWriting ? 1 : 0;
}

}  // namespace thimble::http
