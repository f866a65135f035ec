// The extension beside the runtime where telemetry is measured: subscribes to everything and takes
// it, with two system calls a batch and without a look at what is in it. Ends when the emulator
// does.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "message.h"

namespace {

using thimble::bench::header;
using thimble::bench::Message;
using thimble::bench::MessageReader;
using thimble::bench::write_all;

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  _exit(1);
}

sockaddr_in loopback(int port) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(static_cast<std::uint16_t>(port));
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return name;
}

// What the Extensions API and the Telemetry API are asked over.
class Api final {
 public:
  explicit Api(const char* address) : host_(address) {
    const auto colon = host_.rfind(':');
    sockaddr_in name = loopback(std::atoi(host_.c_str() + colon + 1));
    fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd_, reinterpret_cast<sockaddr*>(&name), sizeof name) != 0) fail(address);
  }
  [[nodiscard]] int fd() const { return fd_; }

  void send(const std::string& line, const std::string& fields, const std::string& body) const {
    const std::string head = line + " HTTP/1.1\r\nHost: " + host_ + "\r\n" + fields +
                             "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    if (!write_all(fd_, head, body)) fail(line.c_str());
  }
  // The answer, which must be 200; valid until the next.
  Message answer() {
    Message message;
    if (!reader_.read(fd_, message) || message.status() != 200) {
      std::fprintf(stderr, "thimble_bench_extension: %.*s\n", static_cast<int>(message.head.size()),
                   message.head.data());
      _exit(1);
    }
    return message;
  }

 private:
  std::string host_;
  int fd_ = -1;
  MessageReader reader_;
};

int listen_anywhere(int& port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in name = loopback(0);
  socklen_t size = sizeof name;
  if (bind(fd, reinterpret_cast<sockaddr*>(&name), size) != 0 || listen(fd, 4) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size) != 0)
    fail("listen");
  port = ntohs(name.sin_port);
  return fd;
}

}  // namespace

int main(int, char** argv) {
  const char* address = std::getenv("AWS_LAMBDA_RUNTIME_API");
  if (address == nullptr) return 1;
  Api api(address);
  const std::string name = std::string(argv[0]).substr(std::string(argv[0]).rfind('/') + 1);
  api.send("POST /2020-01-01/extension/register", "Lambda-Extension-Name: " + name + "\r\n",
           R"({"events":[]})");
  const std::string identifier(header(api.answer().head, "Lambda-Extension-Identifier"));
  const std::string who = "Lambda-Extension-Identifier: " + identifier + "\r\n";
  int port = 0;
  const int listener = listen_anywhere(port);
  api.send("PUT /2022-07-01/telemetry", who,
           R"({"schemaVersion":"2022-12-13","types":["platform","function","extension"],)"
           R"("destination":{"protocol":"HTTP","URI":"http://sandbox.localdomain:)" +
               std::to_string(port) + "\"}}");
  api.answer();
  api.send("GET /2020-01-01/extension/event/next", who, "");

  // One connection after the other: the emulator keeps its own.
  MessageReader reader;
  Message message;
  int peer = -1;
  for (;;) {
    pollfd waiting[] = {{.fd = api.fd(), .events = POLLIN, .revents = 0},
                        {.fd = peer < 0 ? listener : peer, .events = POLLIN, .revents = 0}};
    if (poll(waiting, 2, -1) < 0) continue;
    if (waiting[0].revents != 0) return 0;
    if (peer < 0) {
      peer = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    } else if (!reader.read(peer, message) ||
               !write_all(peer, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", {})) {
      close(peer);
      peer = -1;
    }
  }
}
