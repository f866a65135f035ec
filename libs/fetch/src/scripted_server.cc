#include "scripted_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <optional>
#include <utility>

#include <thimble/base/parse_number.h>

namespace thimble::fetch {
namespace {

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::optional<Received> read_request(int fd) {
  std::string bytes;
  std::size_t end = std::string::npos;
  std::size_t length = 0;
  char block[16384];
  for (;;) {
    if (end == std::string::npos && (end = bytes.find("\r\n\r\n")) != std::string::npos) {
      end += 4;
      const std::size_t at = bytes.find("Content-Length: ");
      if (at < end) {
        const std::size_t from = at + 16;
        const std::string_view text =
            std::string_view(bytes).substr(from, bytes.find('\r', from) - from);
        length = parse_number<std::size_t>(text).value_or(0);
      }
    }
    if (end != std::string::npos && bytes.size() >= end + length) break;
    const ssize_t got = ::recv(fd, block, sizeof block, 0);
    if (got <= 0) return std::nullopt;
    bytes.append(block, static_cast<std::size_t>(got));
  }
  return Received{bytes.substr(0, bytes.find('\r')), bytes.substr(0, end),
                  bytes.substr(end, length)};
}

void wait_for_the_end(int fd) {
  char block[4096];
  while (::recv(fd, block, sizeof block, 0) > 0) {
  }
}

}  // namespace

Reply answer(std::string_view status, std::string_view body, std::string_view headers) {
  return {.bytes = "HTTP/1.1 " + std::string(status) +
                   "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
                   std::string(headers) + "\r\n" + std::string(body),
          .keep_open = true};
}

ScriptedServer::ScriptedServer(Script script) : script_(std::move(script)) {
  listener_ = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(listener_.number(), reinterpret_cast<const sockaddr*>(&address), size);
  ::listen(listener_.number(), 16);
  ::getsockname(listener_.number(), reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

ScriptedServer::~ScriptedServer() {
  ::shutdown(listener_.number(), SHUT_RDWR);
  acceptor_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [number, fd] : open_) ::shutdown(fd.number(), SHUT_RDWR);
  }
  for (std::thread& thread : threads_) thread.join();
}

std::string ScriptedServer::url(std::string_view path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
}

std::vector<Received> ScriptedServer::received() {
  const std::lock_guard lock(mutex_);
  return received_;
}

void ScriptedServer::accept_all() {
  for (int connection = 1;; ++connection) {
    Fd fd(::accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!fd.is_open()) return;
    const std::lock_guard lock(mutex_);
    const int number = fd.number();
    open_.emplace(connection, std::move(fd));
    threads_.emplace_back([this, number, connection] { serve(number, connection); });
  }
}

void ScriptedServer::serve(int fd, int connection) {
  while (auto request = read_request(fd)) {
    request->connection = connection;
    {
      const std::lock_guard lock(mutex_);
      received_.push_back(*request);
    }
    const Reply reply = script_(*request);
    bool open = send_all(fd, reply.bytes);
    while (open && !reply.endless.empty()) open = send_all(fd, reply.endless);
    if (reply.hold) wait_for_the_end(fd);
    if (!open || !reply.keep_open) break;
    if (reply.reset_next) {
      char first = 0;
      ::recv(fd, &first, 1, MSG_PEEK);  // Closed with something unread, Linux sends a reset.
      break;
    }
  }
  const std::lock_guard lock(mutex_);
  open_.erase(connection);
}

}  // namespace thimble::fetch
