#include "thimble/http/client_exchange.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace thimble::http {
namespace {

constexpr std::size_t kRead = 16 * 1024;
constexpr int kReadsAtOnce = 16;  // others have their turn too

std::string reason_of(int error) {
  return system_error("", error).message.substr(2);
}

}  // namespace

ClientExchange::ClientExchange(const Options& options, ClientListener& listener)
    : endpoint_(options.endpoint),
      longest_silence_(options.longest_silence),
      listener_(listener),
      watch_(options.loop, [this](Readiness ready) { on_ready(ready); }),
      silence_(options.loop, [this] { on_silence(); }),
      proceed_(options.loop,
               [this] {
                 if (state_ == State::kNew) connect();
                 if (state_ == State::kOpen) write_some();
               }),
      reader_(options.is_head) {}

void ClientExchange::send(std::string_view bytes) {
  if (state_ == State::kClosed || takes_no_more_) return;
  out_ += bytes;
  const bool was_waiting = written_ + bytes.size() < out_.size();
  if (state_ == State::kNew || (state_ == State::kOpen && !was_waiting)) proceed_.schedule();
}

void ClientExchange::finish() {
  is_finished_ = true;
  if (state_ == State::kOpen) ask();
}

// Tries one address after another, from the next one on.
void ClientExchange::connect() {
  int error = 0;
  while (next_address_ < endpoint_.socket_addresses().size()) {
    const std::string& address = endpoint_.socket_addresses()[next_address_++];
    sockaddr_storage where{};
    std::memcpy(&where, address.data(), std::min(address.size(), sizeof where));
    watch_.stop();
    socket_ = Fd(::socket(where.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (socket_.is_open()) {
      const int on = 1;
      ::setsockopt(socket_.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      const int result = ::connect(socket_.number(), reinterpret_cast<const sockaddr*>(&where),
                                   static_cast<socklen_t>(address.size()));
      if (result == 0 || errno == EINPROGRESS) {
        state_ = State::kConnecting;
        if (watch_.start(socket_.number(), {.writable = true})) return ask();
      }
    }
    error = errno;
  }
  fail(ClientFailure::kUnreachable, reason_of(error));
}

void ClientExchange::on_silence() {
  const bool has_another = next_address_ < endpoint_.socket_addresses().size();
  if (state_ == State::kConnecting && has_another) return connect();
  fail(ClientFailure::kTimedOut, "no answer in time");
}

void ClientExchange::on_ready(Readiness ready) {
  if (state_ == State::kConnecting) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(socket_.number(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
      if (next_address_ < endpoint_.socket_addresses().size()) return connect();
      return fail(ClientFailure::kUnreachable, reason_of(error));
    }
    if (!ready.writable) return;
    state_ = State::kOpen;
    return write_some();
  }
  // A server that is gone can no longer be made to wait.
  if (ready.failed) is_paused_ = false;
  if (ready.readable || ready.failed) read_some();
  if (ready.writable && state_ == State::kOpen) write_some();
}

void ClientExchange::write_some() {
  while (written_ < out_.size()) {
    const ssize_t sent =
        ::send(socket_.number(), out_.data() + written_, out_.size() - written_, MSG_NOSIGNAL);
    if (sent >= 0) {
      written_ += static_cast<std::size_t>(sent);
    } else if (errno == EAGAIN) {
      return ask();
    } else if (errno != EINTR) {
      // It may have answered before it closed.
      stop_sending();
      break;
    }
  }
  out_.clear();
  written_ = 0;
  ask();
  listener_.on_sent();
}

void ClientExchange::stop_sending() {
  takes_no_more_ = true;
  out_.clear();
  written_ = 0;
  if (state_ == State::kOpen) ask();
}

void ClientExchange::read_some() {
  for (int i = 0; i < kReadsAtOnce && !is_paused_; ++i) {
    char bytes[kRead];
    const ssize_t got = ::recv(socket_.number(), bytes, sizeof bytes, 0);
    if (got > 0) {
      on_input({bytes, static_cast<std::size_t>(got)});
      if (state_ == State::kClosed) return;
    } else if (got == 0) {
      reader_.on_end();
      return on_input({});
    } else if (errno == EAGAIN) {
      break;
    } else if (errno != EINTR) {
      return fail(ClientFailure::kBroken, reason_of(errno));
    }
  }
  ask();
}

// After every piece, and with none after the last.
void ClientExchange::on_input(std::string_view bytes) {
  reader_.feed(bytes, this);
  if (state_ == State::kClosed) return;
  if (reader_.state() == ResponseReader::State::kBad) {
    const bool has_ended = bytes.empty();
    return fail(ClientFailure::kBroken,
                has_ended ? "the connection ended early" : "not an HTTP response");
  }
  if (reader_.state() != ResponseReader::State::kDone) return;
  close();
  listener_.on_response_end();
}

void ClientExchange::on_head(int status, std::span<const Header> headers) {
  listener_.on_response(status, headers);
}

void ClientExchange::on_body(std::string_view piece) {
  if (state_ != State::kClosed) listener_.on_response_piece(piece);
}

void ClientExchange::pause() {
  if (!std::exchange(is_paused_, true) && state_ == State::kOpen) ask();
}

void ClientExchange::resume() {
  if (std::exchange(is_paused_, false) && state_ == State::kOpen) ask();
}

// Says what to wait for, and for how long: for the server only while it is its turn.
void ClientExchange::ask() {
  const bool is_sending = state_ == State::kConnecting || pending_bytes() > 0;
  const bool is_its_turn = (is_finished_ || takes_no_more_) && !is_paused_;
  watch_.ask({.readable = state_ == State::kOpen && !is_paused_, .writable = is_sending});
  if (longest_silence_.count() > 0 && (is_sending || is_its_turn)) {
    silence_.start_after(longest_silence_);
  } else {
    silence_.cancel();
  }
}

void ClientExchange::fail(ClientFailure failure, std::string_view reason) {
  close();
  listener_.on_response_failed(failure, reason);
}

void ClientExchange::close() {
  state_ = State::kClosed;
  proceed_.cancel();
  silence_.cancel();
  watch_.stop();
  socket_.reset();
}

}  // namespace thimble::http
