#include "connection.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>

namespace thimble::ric {

Result<void> Connection::open() {
  if (fd_.is_open()) return {};
  auto fd = connect_to(endpoint_);
  if (!fd) return fail(std::move(fd.error()));
  fd_ = *std::move(fd);
  response_.reset();
  is_used_ = is_cut_off_ = false;
  return {};
}

void Connection::close() {
  fd_.reset();
}

Connection::Sent Connection::send_all(std::string_view a, std::string_view b, std::string_view c) {
  iovec pieces[3] = {{const_cast<char*>(a.data()), a.size()},
                     {const_cast<char*>(b.data()), b.size()},
                     {const_cast<char*>(c.data()), c.size()}};
  msghdr message{};
  message.msg_iov = pieces;
  message.msg_iovlen = c.empty() ? (b.empty() ? 1 : 2) : 3;
  std::size_t left = a.size() + b.size() + c.size();
  while (true) {
    const ssize_t sent = ::sendmsg(fd_.number(), &message, MSG_NOSIGNAL);
    if (sent < 0) {
      error_ = errno;
      if (error_ == EINTR) continue;
      if (error_ != EAGAIN && error_ != EWOULDBLOCK) return Sent::kFailed;
    } else {
      left -= static_cast<std::size_t>(sent);
      if (left == 0) return Sent::kAll;
      for (auto done = static_cast<std::size_t>(sent); done > 0;) {
        if (iovec& first = message.msg_iov[0]; done < first.iov_len) {
          first.iov_base = static_cast<char*>(first.iov_base) + done;
          first.iov_len -= done;
          break;
        }
        done -= message.msg_iov[0].iov_len;
        ++message.msg_iov;
        --message.msg_iovlen;
      }
    }
    // A second went by: perhaps the peer has answered what it has not read to the end.
    pollfd ready{.fd = fd_.number(), .events = POLLIN, .revents = 0};
    if (::poll(&ready, 1, 0) > 0) return Sent::kAnswered;
  }
}

Result<void> Connection::read_response() {
  while (response_.state() == ResponseReader::State::kMore) {
    const auto room = response_.room();
    const ssize_t got = ::recv(fd_.number(), room.data(), room.size(), 0);
    if (got > 0) {
      response_.received(static_cast<std::size_t>(got));
    } else if (got == 0) {
      response_.ended();
    } else if (errno != EINTR) {
      const Error error = system_error("read");
      close();
      return fail(error);
    }
  }
  if (response_.state() == ResponseReader::State::kBad) {
    const bool has_begun = response_.has_begun();
    close();
    return has_begun ? fail(ErrorCode::kInvalid, "the answer is cut off, or is not HTTP")
                     : fail(ErrorCode::kIo, "the connection was closed");
  }
  is_used_ = true;
  // What came unasked answers nothing.
  if (!response_.keeps_alive() || response_.has_more()) close();
  return {};
}

Result<void> Connection::exchange(std::string_view head, std::string_view body) {
  for (bool is_second = false;; is_second = true) {
    if (auto opened = open(); !opened) return opened;
    const bool was_used = is_used_;
    response_.start();
    const Sent sent = send_all(head, body, {});
    // Who refuses a request before its end may have closed after the answer.
    if (sent == Sent::kFailed && error_ != EPIPE && error_ != ECONNRESET) {
      close();
      return fail(system_error("write", error_));
    }
    auto read = read_response();
    if (read && sent != Sent::kAll) close();
    if (read || response_.has_begun() || !was_used || is_second) return read;
  }
}

Result<void> Connection::begin(std::string_view head) {
  for (bool is_second = false;; is_second = true) {
    if (auto opened = open(); !opened) return opened;
    // A peer that has closed is noticed before anything that cannot be sent twice.
    pollfd ready{.fd = fd_.number(), .events = POLLIN | POLLRDHUP, .revents = 0};
    const bool is_stale = is_used_ && ::poll(&ready, 1, 0) > 0;
    if (!is_stale) {
      response_.start();
      if (send_all(head, {}, {}) == Sent::kAll) return {};
    }
    close();
    if (is_second) return fail(system_error("write", error_));
  }
}

Result<void> Connection::send(std::string_view a, std::string_view b, std::string_view c) {
  if (!fd_.is_open() || is_cut_off_) return fail(ErrorCode::kIo, "the connection was closed");
  const Sent sent = send_all(a, b, c);
  if (sent == Sent::kAll) return {};
  is_cut_off_ = true;
  if (sent == Sent::kAnswered) return fail(ErrorCode::kIo, "it was answered before its end");
  return fail(system_error("write", error_));
}

Result<void> Connection::finish() {
  if (!fd_.is_open()) return fail(ErrorCode::kIo, "the connection was closed");
  auto read = read_response();
  // What followed would be read as the rest of it.
  if (is_cut_off_) close();
  return read;
}

}  // namespace thimble::ric
