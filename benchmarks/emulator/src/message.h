#pragma once
// Reads one HTTP message at a time from a blocking keep-alive socket: just enough for the client
// and the runtime here, whose peers are the floor and emulators. Header only, because the runtime
// links nothing else.

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace thimble::bench {

// The value of header `name` (any case) in `head`, or an empty view.
inline std::string_view header(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos;
       at = head.find("\r\n", at)) {
    at += 2;
    if (head.size() - at > name.size() && head[at + name.size()] == ':' &&
        strncasecmp(head.data() + at, name.data(), name.size()) == 0) {
      std::string_view value = head.substr(at + name.size() + 1);
      value = value.substr(0, value.find("\r\n"));
      while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
      return value;
    }
  }
  return {};
}

// Views into the reader's buffer: valid until its next read().
struct Message {
  std::string_view head;  // start line and headers, each ended by CR LF
  std::string_view body;  // without chunk framing
  [[nodiscard]] int status() const { return head.size() > 12 ? std::atoi(head.data() + 9) : 0; }
};

// Owns the buffer, which is reused: after the first large message no page of it is new. Borrows the
// socket.
class MessageReader final {
 public:
  static constexpr std::size_t kCapacity = std::size_t{8} << 20;

  MessageReader()
      : buffer_(static_cast<char*>(mmap(nullptr, kCapacity, PROT_READ | PROT_WRITE,
                                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0))) {
    if (buffer_ == MAP_FAILED) std::abort();
  }
  ~MessageReader() { munmap(buffer_, kCapacity); }
  MessageReader(const MessageReader&) = delete;
  MessageReader& operator=(const MessageReader&) = delete;

  // Blocks until one whole message arrived. False when the peer closed, the socket's receive
  // timeout passed, or the message is not one we understand. Bytes after the message are dropped:
  // nobody here pipelines.
  bool read(int fd, Message& message) {
    have_ = 0;
    std::size_t blank;
    while ((blank = std::string_view(buffer_, have_).find("\r\n\r\n")) == std::string_view::npos) {
      if (!more(fd)) return false;
    }
    message.head = {buffer_, blank + 2};
    const std::size_t body_at = blank + 4;
    if (header(message.head, "Transfer-Encoding") == "chunked")
      return chunked(fd, body_at, message);
    const std::string_view length = header(message.head, "Content-Length");
    const std::size_t size = length.empty() ? 0 : std::strtoul(length.data(), nullptr, 10);
    if (size > kCapacity - body_at) return false;
    while (have_ < body_at + size) {
      if (!more(fd)) return false;
    }
    message.body = {buffer_ + body_at, size};
    return true;
  }

 private:
  bool more(int fd) {
    if (have_ == kCapacity) return false;
    ssize_t n;
    do {
      n = recv(fd, buffer_ + have_, kCapacity - have_, 0);
    } while (n < 0 && errno == EINTR);
    if (n <= 0) return false;
    have_ += static_cast<std::size_t>(n);
    return true;
  }

  // The first chunk stays where it arrived; later ones are moved up to it.
  bool chunked(int fd, std::size_t at, Message& message) {
    char* body = nullptr;
    std::size_t size = 0;
    for (;;) {
      std::size_t line;
      while ((line = std::string_view(buffer_, have_).find("\r\n", at)) == std::string_view::npos) {
        if (!more(fd)) return false;
      }
      const std::size_t chunk = std::strtoul(buffer_ + at, nullptr, 16);
      const std::size_t data = line + 2;
      if (chunk > kCapacity - data) return false;
      while (have_ < data + chunk + 2) {
        if (!more(fd)) return false;
      }
      if (chunk == 0) break;
      if (body == nullptr) {
        body = buffer_ + data;
      } else {
        std::memmove(body + size, buffer_ + data, chunk);
      }
      size += chunk;
      at = data + chunk + 2;
    }
    message.body = {body, size};
    return true;
  }

  char* buffer_;
  std::size_t have_ = 0;
};

// Writes both parts, blocking. False when the peer has gone or the socket's send timeout passed.
inline bool write_all(int fd, std::string_view head, std::string_view body) {
  while (!head.empty() || !body.empty()) {
    iovec parts[2] = {{const_cast<char*>(head.data()), head.size()},
                      {const_cast<char*>(body.data()), body.size()}};
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = 2;
    const ssize_t n = sendmsg(fd, &message, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    const auto sent = static_cast<std::size_t>(n);
    const std::size_t from_head = sent < head.size() ? sent : head.size();
    head.remove_prefix(from_head);
    body.remove_prefix(sent - from_head);
  }
  return true;
}

}  // namespace thimble::bench
