#include "server_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>

#include "thimble/base/parse_number.h"

namespace thimble::http {
namespace {

// Generous: a loaded machine must not fail a test, nor a sanitizer.
constexpr Seconds kDeadline{60};

}  // namespace

void TestHandler::on_request(Exchange& exchange) {
  const Request& request = exchange.request();
  const std::string name = request.method + " " + request.target;
  seen.push_back(name);
  if (answers) return answers(exchange);
  if (keeps) {
    kept.push_back(&exchange);
    return exchange.on_gone([this, name, which = &exchange] {
      gone.push_back(name);
      std::erase(kept, which);
    });
  }
  if (exchange.body_too_large()) {
    return exchange.reply({.status = 413}, std::to_string(exchange.body_size()));
  }
  exchange.reply({}, name + " " + std::string(exchange.body().view()));
}

TestClient::TestClient(int port, int receive_buffer)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (receive_buffer != 0) {
    ::setsockopt(socket_.number(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  }
  if (!socket_.is_open()) std::abort();  // no descriptors left: no test can go on
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(static_cast<std::uint16_t>(port));
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  // The listening socket's backlog takes it: nobody needs to accept for this to return.
  EXPECT_EQ(::connect(socket_.number(), reinterpret_cast<const sockaddr*>(&where), sizeof where),
            0);
}

std::string_view TestClient::send_some(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent =
        ::send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent <= 0) break;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return bytes;
}

void TestClient::shut_down() {
  ::shutdown(socket_.number(), SHUT_WR);
}

void TestClient::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_.number(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  socket_.reset();
}

void TestClient::receive(std::size_t most) {
  char bytes[16 * 1024];
  while (most > 0 && !has_ended_) {
    const ssize_t got = ::recv(socket_.number(), bytes, std::min(most, sizeof bytes), MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
      has_ended_ = true;
      return;
    }
    received.append(bytes, static_cast<std::size_t>(got));
    most -= static_cast<std::size_t>(got);
  }
}

int TestClient::port() const {
  sockaddr_in where{};
  socklen_t size = sizeof where;
  ::getsockname(socket_.number(), reinterpret_cast<sockaddr*>(&where), &size);
  return ntohs(where.sin_port);
}

std::optional<Answer> first_answer(std::string_view bytes, bool is_to_head) {
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  Answer answer;
  answer.head = bytes.substr(0, end + 4);
  std::size_t length = 0;
  constexpr std::string_view kName = "\r\nContent-Length: ";
  if (const std::size_t at = answer.head.find(kName); !is_to_head && at != std::string::npos) {
    const std::size_t start = at + kName.size();
    const std::string_view digits(answer.head.data() + start,
                                  answer.head.find('\r', start) - start);
    length = parse_number<std::size_t>(digits).value();
  }
  answer.size = answer.head.size() + length;
  if (bytes.size() < answer.size) return std::nullopt;
  answer.body = bytes.substr(answer.head.size(), length);
  return answer;
}

ServerTest::ServerTest() : loop_(EventLoop::create(clock_).value()) {}
ServerTest::~ServerTest() = default;

void ServerTest::listen(const Limits& limits) {
  auto server =
      Server::listen({.host = "127.0.0.1", .port = 0},
                     {.loop = *loop_, .buffers = buffers_, .handler = handler_, .limits = limits});
  ASSERT_TRUE(server) << server.error().message;
  server_ = std::move(*server);
}

TestClient ServerTest::connect(int receive_buffer) const {
  return TestClient(server_->address().port, receive_buffer);
}

bool ServerTest::eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + kDeadline;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    loop_->run_once(Milliseconds(1));
  }
  return true;
}

void ServerTest::settle() {
  // What was sent on loopback is nearly always there when send() returns. A few turns without a
  // wait then reach every step that it leads to.
  loop_->run_once(Milliseconds(2));
  for (int i = 0; i < 8; ++i) loop_->run_once(Milliseconds(0));
}

Answer ServerTest::answer(TestClient& client, bool is_to_head) {
  std::optional<Answer> found;
  const bool has_come = eventually([&] {
    client.receive();
    found = first_answer(client.received, is_to_head);
    return found.has_value();
  });
  if (!has_come) {
    ADD_FAILURE() << "no answer, only: " << client.received;
    return {};
  }
  client.received.erase(0, found->size);
  return std::move(*found);
}

bool ServerTest::ends(TestClient& client) {
  return eventually([&] {
    client.receive();
    return client.has_ended();
  });
}

}  // namespace thimble::http
