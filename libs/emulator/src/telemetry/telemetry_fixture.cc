#include "telemetry_fixture.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

#include "thimble/base/parse_number.h"

namespace thimble::emulator {
namespace {

constexpr Seconds kDeadline{60};

Fd bound_socket(std::uint16_t port) {
  Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(socket.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::bind(socket.number(), reinterpret_cast<const sockaddr*>(&where), sizeof where), 0);
  return socket;
}

std::uint16_t port_of(const Fd& socket) {
  sockaddr_in where{};
  socklen_t size = sizeof where;
  ::getsockname(socket.number(), reinterpret_cast<sockaddr*>(&where), &size);
  return ntohs(where.sin_port);
}

}  // namespace

Receiver::Receiver(EventLoop& loop, std::uint16_t port)
    : loop_(loop),
      listener_(bound_socket(port)),
      watch_(loop, [this](Readiness) { on_connection(); }) {
  EXPECT_EQ(::listen(listener_.number(), 16), 0);
  port_ = port_of(listener_);
  EXPECT_TRUE(watch_.start(listener_.number(), {.readable = true}));
}

void Receiver::stop_reading() {
  watch_.stop();
  for (const auto& connection : connections_) connection->watch->stop();
}

void Receiver::on_connection() {
  Fd socket(::accept4(listener_.number(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!socket.is_open()) return;
  ++accepted;
  auto connection = std::make_unique<Connection>();
  Connection* const kept = connection.get();
  connection->socket = std::move(socket);
  connection->watch =
      std::make_unique<FdWatch>(loop_, [this, kept](Readiness) { on_bytes(*kept); });
  EXPECT_TRUE(connection->watch->start(connection->socket.number(), {.readable = true}));
  connections_.push_back(std::move(connection));
}

void Receiver::on_bytes(Connection& connection) {
  char bytes[64 * 1024];
  const ssize_t got = ::recv(connection.socket.number(), bytes, sizeof bytes, 0);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) {
    connection.watch->stop();
    connection.socket.reset();
    return;
  }
  const std::string_view piece(bytes, static_cast<std::size_t>(got));
  if (!is_http) {
    received += piece;
    return;
  }
  connection.bytes += piece;
  while (take_request(connection)) {
    ::send(connection.socket.number(), answer.data(), answer.size(), MSG_NOSIGNAL);
    if (!closes) continue;
    connection.watch->stop();
    connection.socket.reset();
  }
}

bool Receiver::take_request(Connection& connection) {
  constexpr std::string_view kLength = "Content-Length: ";
  const std::size_t end = connection.bytes.find("\r\n\r\n");
  if (end == std::string::npos) return false;
  const std::string head = connection.bytes.substr(0, end + 2);
  const std::size_t at = head.find(kLength) + kLength.size();
  const auto length =
      parse_number<std::size_t>(std::string_view(head).substr(at, head.find('\r', at) - at));
  const std::size_t size = end + 4 + length.value_or(0);
  if (!length || connection.bytes.size() < size) return false;
  heads.push_back(head);
  bodies.push_back(connection.bytes.substr(end + 4, *length));
  connection.bytes.erase(0, size);
  return true;
}

std::uint16_t closed_port() {
  return port_of(bound_socket(0));
}

TelemetryTest::TelemetryTest() : loop_(EventLoop::create(clock_).value()) {
  // 2022-10-12T00:00:15.064Z
  clock_.set_wall(WallTime(Milliseconds(1665532815064)));
}

bool TelemetryTest::eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + kDeadline;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    loop_->run_once(Milliseconds(1));
  }
  return true;
}

void TelemetryTest::settle() {
  // What was sent on loopback is nearly always there when send() returns. A few turns without a
  // wait then reach every step that it leads to.
  for (int i = 0; i < 8; ++i) loop_->run_once(Milliseconds(0));
}

}  // namespace thimble::emulator
