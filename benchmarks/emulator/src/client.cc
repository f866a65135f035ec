#include "client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <cstdio>

namespace thimble::bench {

Fd connect_loopback(std::uint16_t port, int seconds) {
  Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) die("no socket: %s", std::strerror(errno));
  const timeval limit{seconds, 0};
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) != 0) return {};
  const int on = 1;
  setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

std::optional<Client> Client::connect(std::uint16_t port, int seconds) {
  Fd fd = connect_loopback(port, seconds);
  if (!fd.is_open()) return std::nullopt;
  return Client(std::move(fd));
}

bool Client::send(std::string_view payload) {
  head_ = invoke_head(payload.size());
  sent_ns_ = now_ns();
  return write_all(fd_.get(), head_, payload);
}

std::optional<Answer> Client::receive() {
  Message message;
  if (!reader_->read(fd_.get(), message)) return std::nullopt;
  return Answer{message.status(), message.body, sent_ns_, now_ns()};
}

std::optional<Answer> Client::invoke(std::string_view payload) {
  if (!send(payload)) return std::nullopt;
  return receive();
}

std::string invoke_head(std::size_t size) {
  return "POST /2015-03-31/functions/function/invocations HTTP/1.1\r\nHost: "
         "127.0.0.1\r\nContent-Length: " +
         std::to_string(size) + "\r\n\r\n";
}

std::string make_payload(std::size_t size) {
  std::string text = "{\"seq\":0000000000,\"pad\":\"";
  text.resize(size - 2, 'x');
  return text + "\"}";
}

std::string make_order(std::uint32_t sequence, char verb) {
  char start[64];
  std::snprintf(start, sizeof start, "{\"seq\":%010u,\"do\":\"%c\",\"pad\":\"", sequence, verb);
  std::string text(start);
  text.resize(98, 'x');
  return text + "\"}";
}

}  // namespace thimble::bench
