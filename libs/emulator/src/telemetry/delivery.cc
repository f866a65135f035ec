#include "delivery.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace thimble::emulator {

Delivery::Delivery(EventLoop& loop, Destination destination, const NetworkNamespace* network)
    : destination_(std::move(destination)),
      network_(network),
      watch_(loop, [this](Readiness readiness) { on_ready(readiness); }),
      pause_(loop, [this] { attempt(); }),
      deadline_(loop,
                [this] {
                  disconnect();
                  finish(false);
                }),
      start_(loop, [this] { attempt(); }) {}

void Delivery::send(std::string_view body) {
  body_ = body;
  failures_ = 0;
  if (is_http()) {
    head_.assign(destination_.method).append(" ").append(destination_.target);
    head_.append(" HTTP/1.1\r\nHost: ").append(destination_.host);
    head_.append(":").append(std::to_string(destination_.port));
    head_.append("\r\nContent-Type: application/json\r\nContent-Length: ");
    head_.append(std::to_string(body.size())).append("\r\n\r\n");
  }
  start_.schedule();
}

void Delivery::attempt() {
  is_reused_ = socket_.is_open();
  written_ = 0;
  reader_ = http::ResponseReader();
  deadline_.start_after(kLongest);
  if (!is_reused_ && !connect()) return attempt_failed();
  if (state_ == State::kConnecting) return;
  state_ = State::kSending;
  write_some();
}

bool Delivery::connect() {
  {
    const NetworkNamespace::Guard there(network_);
    socket_ = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  }
  if (!socket_.is_open()) return false;
  const int on = 1;
  ::setsockopt(socket_.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(destination_.port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool is_connected =
      ::connect(socket_.number(), reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0;
  if (!is_connected && errno != EINPROGRESS) return false;
  state_ = is_connected ? State::kSending : State::kConnecting;
  return watch_.start(socket_.number(), {.readable = true, .writable = !is_connected}).has_value();
}

void Delivery::on_ready(Readiness readiness) {
  if (state_ == State::kConnecting) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(socket_.number(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return attempt_failed();
    if (!readiness.writable) return;
    state_ = State::kSending;
  }
  if (readiness.readable || readiness.failed) {
    read_some();
  } else if (readiness.writable && state_ == State::kSending) {
    write_some();
  }
}

void Delivery::write_some() {
  const std::size_t total = head_.size() + body_.size();
  while (written_ < total) {
    iovec pieces[2];
    std::size_t count = 0;
    const auto add = [&pieces, &count](std::string_view bytes) {
      if (!bytes.empty()) pieces[count++] = {const_cast<char*>(bytes.data()), bytes.size()};
    };
    const std::size_t of_head = std::min(written_, head_.size());
    add(std::string_view(head_).substr(of_head));
    add(body_.substr(written_ - of_head));
    msghdr message{};
    message.msg_iov = pieces;
    message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(count);  // int in musl
    const ssize_t sent = ::sendmsg(socket_.number(), &message, MSG_NOSIGNAL);
    if (sent >= 0) {
      written_ += static_cast<std::size_t>(sent);
    } else if (errno == EAGAIN) {
      return watch_.ask({.readable = true, .writable = true});
    } else if (errno != EINTR) {
      return on_lost();
    }
  }
  watch_.ask({.readable = true});
  if (!is_http()) return finish(true);
  state_ = State::kReceiving;
}

void Delivery::read_some() {
  char bytes[4096];
  // Who never stops sending must not keep the loop from everybody else.
  constexpr int kReadsAtOnce = 16;
  for (int i = 0; i < kReadsAtOnce; ++i) {
    const ssize_t got = ::recv(socket_.number(), bytes, sizeof bytes, 0);
    if (got > 0) {
      on_input({bytes, static_cast<std::size_t>(got)});
      if (!socket_.is_open() || state_ == State::kIdle) return;
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
      return on_lost();
    } else if (errno == EAGAIN) {
      return;
    }
  }
}

void Delivery::on_input(std::string_view bytes) {
  if (!is_http()) return;  // nothing is expected; whatever it is, it is read
  // An answer to nothing: who knows what it belongs to.
  if (state_ == State::kIdle || state_ == State::kPausing) return disconnect();
  reader_.feed(bytes);
  if (reader_.state() == http::ResponseReader::State::kDone) return on_answer();
  if (reader_.state() == http::ResponseReader::State::kBad) attempt_failed();
}

// The peer has closed, or the connection has broken.
void Delivery::on_lost() {
  if (state_ == State::kIdle || state_ == State::kPausing) return disconnect();
  reader_.on_end();
  if (is_http() && reader_.state() == http::ResponseReader::State::kDone) return on_answer();
  if (is_reused_ && !reader_.has_begun()) {
    // It was closed while it was idle, as servers do; that says nothing of a new one.
    disconnect();
    return attempt();
  }
  attempt_failed();
}

void Delivery::on_answer() {
  // An answer may come before everything was sent; what follows would be taken for a new request.
  const bool is_complete = written_ == head_.size() + body_.size();
  if (!reader_.keeps_alive() || !is_complete) disconnect();
  if (reader_.status() >= 200 && reader_.status() < 300) return finish(true);
  attempt_failed();
}

void Delivery::attempt_failed() {
  disconnect();
  ++failures_;
  if (failures_ >= kMostAttempts) return finish(false);
  state_ = State::kPausing;
  deadline_.cancel();
  pause_.start_after(kFirstPause * (1 << (failures_ - 1)));
}

void Delivery::finish(bool is_delivered) {
  deadline_.cancel();
  state_ = State::kIdle;
  listener_->on_sent(is_delivered);
}

void Delivery::disconnect() {
  watch_.stop();
  socket_.reset();
}

}  // namespace thimble::emulator
