// The runtime under every emulator measured here: asks for the next invocation and posts its
// payload back, over one keep-alive connection, with four system calls each. Ends when the
// connection does.
//
// With a board (see board.h) it also stops where it is told to, so that it can be killed there.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/wait.h>

#include <cstdio>
#include <string>

#include "board.h"
#include "message.h"

namespace {

using thimble::bench::Board;
using thimble::bench::Message;
using thimble::bench::MessageReader;
using thimble::bench::write_all;

int connect_to(const std::string& address) {
  const auto colon = address.rfind(':');
  std::string host = address.substr(0, colon);
  if (host == "localhost") host = "127.0.0.1";
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(static_cast<std::uint16_t>(std::atoi(address.c_str() + colon + 1)));
  if (colon == std::string::npos || inet_pton(AF_INET, host.c_str(), &name.sin_addr) != 1)
    return -1;
  // The incumbent opens its invoke port before the Runtime API's: a runtime that starts as fast as
  // this one may be too early for it.
  int fd = -1;
  for (int tries = 0; tries < 1000; ++tries) {
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    if (connect(fd, reinterpret_cast<sockaddr*>(&name), sizeof name) == 0) break;
    const bool too_early = errno == ECONNREFUSED;
    close(fd);
    if (!too_early) return -1;
    fd = -1;
    usleep(100);
  }
  if (fd < 0) return -1;
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

// Stays until somebody kills us or the emulator goes, at most a minute.
[[noreturn]] void hold(int fd) {
  pollfd peer{.fd = fd, .events = POLLRDHUP, .revents = 0};
  poll(&peer, 1, 60'000);
  _exit(3);
}

// Each grandchild outlives its parent, so that whoever is PID 1 inherits it.
void make_orphans(Board& board) {
  for (int i = 0; i < 10; ++i) {
    const pid_t parent = fork();
    if (parent == 0) {
      if (fork() == 0) {
        usleep(1000);
        _exit(0);
      }
      _exit(0);
    }
    if (parent > 0) {
      waitpid(parent, nullptr, 0);
      board.orphans.fetch_add(1);
    }
  }
}

}  // namespace

int main() {
  const char* api = std::getenv("AWS_LAMBDA_RUNTIME_API");
  const char* board_path = std::getenv(thimble::bench::kBoardVariable);
  if (api == nullptr) {
    std::fputs("thimble_bench_runtime: AWS_LAMBDA_RUNTIME_API is not set\n", stderr);
    return 1;
  }
  Board* board = board_path == nullptr ? nullptr : Board::open(board_path, false);
  const int fd = connect_to(api);
  if (fd < 0) {
    std::perror(api);
    return 1;
  }
  if (board != nullptr) {
    board->runtime_pid = getpid();
    board->starts.fetch_add(1);
    if (board->hold_init != 0) {
      board->in_init = static_cast<std::uint32_t>(getpid());
      hold(fd);
    }
  }

  const std::string next =
      std::string("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: ") + api + "\r\n\r\n";
  MessageReader reader;
  Message message;
  std::string head;
  std::uint32_t sequence = 0;
  for (;;) {
    if (board != nullptr && sequence != 0) board->finished = sequence;
    if (!write_all(fd, next, {}) || !reader.read(fd, message) || message.status() != 200) return 0;
    const std::string_view id =
        thimble::bench::header(message.head, "Lambda-Runtime-Aws-Request-Id");
    const std::string_view body = message.body;
    char verb = thimble::bench::kEcho;
    if (board != nullptr && body.size() > 24) {
      sequence = static_cast<std::uint32_t>(std::strtoul(body.data() + 7, nullptr, 10));
      verb = body[24];
      if (sequence < Board::kSlots) board->runs[sequence].fetch_add(1);
    }
    head.assign("POST /2018-06-01/runtime/invocation/")
        .append(id)
        .append("/response HTTP/1.1\r\nHost: ")
        .append(api);
    head.append("\r\nContent-Type: application/json\r\nContent-Length: ")
        .append(std::to_string(body.size()));
    head.append("\r\n\r\n");
    if (verb == thimble::bench::kHoldBusy) {
      board->held = sequence;
      hold(fd);
    }
    if (verb == thimble::bench::kHoldHalfPosted) {
      write_all(fd, head, body.substr(0, body.size() / 2));
      board->held = sequence;
      hold(fd);
    }
    if (verb == thimble::bench::kMakeOrphans) make_orphans(*board);
    if (!write_all(fd, head, body) || !reader.read(fd, message)) return 0;
    if (verb == thimble::bench::kHoldPosted) {
      board->held = sequence;
      hold(fd);
    }
  }
}
