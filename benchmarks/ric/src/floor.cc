// The floor of runtime interface clients: the least a process can do that is handed events and
// posts each one back as its answer. Every client is measured against it.
//
//   AWS_LAMBDA_RUNTIME_API=127.0.0.1:P thimble_bench_ric_floor [--pipelined]
//
// One blocking keep-alive connection, one buffer that is used again, no allocation. A small
// invocation takes four system calls: send the answer, receive 202, send GET /next, receive the
// event. With --pipelined the answer and the next GET go out in one write: two calls, or three when
// the 202 and the event arrive apart.
//
// It understands Content-Length and chunks, whatever the case of their names, and nothing else of
// HTTP. Exit codes: 0 the server closed the connection, 1 no connection, 3 an answer that was not
// 200 to GET or 202 to POST.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace {

// A 202 and an event of 6 MiB with their heads. Address space only: pages become memory when a
// message first reaches them.
constexpr std::size_t kCapacity = std::size_t{8} << 20;

struct Message {
  int status;
  std::string_view id;  // Lambda-Runtime-Aws-Request-Id
  std::string_view body;
};

bool same_name(std::string_view line, std::string_view name) {
  return line.size() > name.size() && line[name.size()] == ':' &&
         strncasecmp(line.data(), name.data(), name.size()) == 0;
}

std::string_view value_of(std::string_view line) {
  line.remove_prefix(line.find(':') + 1);
  while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  return line;
}

class Reader final {
 public:
  explicit Reader(int fd)
      : fd_(fd),
        buffer_(static_cast<char*>(mmap(nullptr, kCapacity, PROT_READ | PROT_WRITE,
                                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0))) {
    if (buffer_ == MAP_FAILED) std::abort();
  }

  // Blocks until one whole message is there; its views are valid until the next call. What came
  // after it is kept where it is. False when the connection ended.
  bool read(Message& message) {
    if (at_ == have_) at_ = have_ = 0;
    std::size_t blank;
    while ((blank = unread().find("\r\n\r\n")) == std::string_view::npos) {
      if (!more()) return false;
    }
    message = {};
    message.status = std::atoi(buffer_ + at_ + 9);
    std::size_t size = 0;
    bool chunked = false;
    std::string_view head = unread().substr(0, blank);
    for (std::size_t end = head.find("\r\n"); end != std::string_view::npos;
         end = head.find("\r\n")) {
      head.remove_prefix(end + 2);
      const std::string_view line = head.substr(0, head.find("\r\n"));
      if (same_name(line, "Lambda-Runtime-Aws-Request-Id")) {
        message.id = value_of(line);
      } else if (same_name(line, "Content-Length")) {
        size = std::strtoul(value_of(line).data(), nullptr, 10);
      } else if (same_name(line, "Transfer-Encoding")) {
        chunked = true;
      }
    }
    at_ += blank + 4;
    if (chunked) return read_chunks(message);
    while (have_ - at_ < size) {
      if (!more()) return false;
    }
    message.body = {buffer_ + at_, size};
    at_ += size;
    return true;
  }

 private:
  [[nodiscard]] std::string_view unread() const { return {buffer_ + at_, have_ - at_}; }

  bool more() {
    const ssize_t n = recv(fd_, buffer_ + have_, kCapacity - have_, 0);
    if (n <= 0) return false;
    have_ += static_cast<std::size_t>(n);
    return true;
  }

  // The first chunk stays where it arrived; later ones are moved up to it.
  bool read_chunks(Message& message) {
    char* const body = buffer_ + at_;
    std::size_t size = 0;
    for (;;) {
      std::size_t line;
      while ((line = unread().find("\r\n")) == std::string_view::npos) {
        if (!more()) return false;
      }
      const std::size_t chunk = std::strtoul(buffer_ + at_, nullptr, 16);
      at_ += line + 2;
      while (have_ - at_ < chunk + 2) {
        if (!more()) return false;
      }
      std::memmove(body + size, buffer_ + at_, chunk);
      size += chunk;
      at_ += chunk + 2;
      if (chunk == 0) break;
    }
    message.body = {body, size};
    return true;
  }

  int fd_;
  char* buffer_;
  std::size_t at_ = 0;    // the first byte not handed out
  std::size_t have_ = 0;  // the end of what arrived
};

// Writes all parts in one call unless the kernel takes less.
bool write_parts(int fd, iovec* parts, std::size_t count) {
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(count);  // int in musl
  while (message.msg_iovlen > 0) {
    const ssize_t n = sendmsg(fd, &message, MSG_NOSIGNAL);
    if (n <= 0) return false;
    auto sent = static_cast<std::size_t>(n);
    while (message.msg_iovlen > 0 && sent >= message.msg_iov->iov_len) {
      sent -= message.msg_iov->iov_len;
      ++message.msg_iov;
      --message.msg_iovlen;
    }
    if (message.msg_iovlen > 0) {
      message.msg_iov->iov_base = static_cast<char*>(message.msg_iov->iov_base) + sent;
      message.msg_iov->iov_len -= sent;
    }
  }
  return true;
}

int connect_to(const char* address) {
  const char* colon = std::strrchr(address, ':');
  char host[64] = "127.0.0.1";
  if (colon == nullptr || static_cast<std::size_t>(colon - address) >= sizeof host) return -1;
  if (std::strncmp(address, "localhost:", 10) != 0) {
    std::memcpy(host, address, static_cast<std::size_t>(colon - address));
    host[colon - address] = '\0';
  }
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(static_cast<std::uint16_t>(std::atoi(colon + 1)));
  if (inet_pton(AF_INET, host, &name.sin_addr) != 1) return -1;
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, reinterpret_cast<sockaddr*>(&name), sizeof name) != 0) return -1;
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

iovec part(std::string_view text) {
  return {const_cast<char*>(text.data()), text.size()};
}

int unexpected(const char* what, const Message& message) {
  std::fprintf(stderr, "floor: %s was answered %d: %.*s\n", what, message.status,
               static_cast<int>(message.body.size()), message.body.data());
  return 3;
}

}  // namespace

int main(int argc, char** argv) {
  const bool pipelined = argc > 1 && std::strcmp(argv[1], "--pipelined") == 0;
  const char* api = std::getenv("AWS_LAMBDA_RUNTIME_API");
  const int fd = api == nullptr ? -1 : connect_to(api);
  if (fd < 0) {
    std::fputs("floor: no connection to AWS_LAMBDA_RUNTIME_API\n", stderr);
    return 1;
  }
  char next[256];
  const int next_size =
      std::snprintf(next, sizeof next,
                    "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: %s\r\n\r\n", api);
  const std::string_view get(next, static_cast<std::size_t>(next_size));
  Reader reader(fd);
  Message message{};
  char head[512];
  iovec parts[3] = {part(get)};
  if (!write_parts(fd, parts, 1)) return 0;
  for (;;) {
    if (!reader.read(message)) return 0;
    if (message.status != 200) return unexpected("GET /next", message);
    const int head_size = std::snprintf(
        head, sizeof head,
        "POST /2018-06-01/runtime/invocation/%.*s/response HTTP/1.1\r\nHost: "
        "%s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
        static_cast<int>(message.id.size()), message.id.data(), api, message.body.size());
    parts[0] = part({head, static_cast<std::size_t>(head_size)});
    parts[1] = part(message.body);
    parts[2] = part(get);
    if (!write_parts(fd, parts, pipelined ? 3 : 2) || !reader.read(message)) return 0;
    if (message.status != 202) return unexpected("POST /response", message);
    parts[0] = part(get);
    if (!pipelined && !write_parts(fd, parts, 1)) return 0;
  }
}
