// The floor: the least a program between a caller and a Lambda runtime can be. Every emulator is
// measured against it.
//
//   thimble_bench_floor --runtime-interface-emulator-address 127.0.0.1:P --runtime-api-address
//   127.0.0.1:Q CMD...
//
// It makes the same hops as an emulator and nothing else. One thread, one edge-triggered epoll, no
// log, no timer:
//
//   caller ── POST ──► floor ── answer to GET /next ──► runtime
//   caller ◄── 200 ─── floor ◄── POST /response ─────── runtime ◄── 202
//
// A request is read once into a reused buffer and written from it. Of HTTP it knows the blank line
// and a Content-Length spelled like that; its peers are the client and the runtime of this folder.
// Anything else ends the connection or the program: it is a yardstick, not a server.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace {

// One message of 6 MiB and its head. Address space only: pages become memory when a message first
// reaches them.
constexpr std::size_t kCapacity = std::size_t{7} << 20;

enum class Side { kCallerListener, kRuntimeListener, kCaller, kRuntime };

// One socket, the message it is sending us (`in`) and the one we are sending it (`head` + `body`).
struct Peer {
  Side side;
  int fd;
  char* in = nullptr;
  std::size_t have = 0;       // bytes of `in` that arrived
  std::size_t body_at = 0;    // where the body starts; 0 until the blank line arrived
  std::size_t body_size = 0;  // from Content-Length
  std::string head{};         // what is left to write: first head, then body
  std::string_view body{};
  std::size_t written = 0;
  Peer* next_free = nullptr;
};

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

class Floor final {
 public:
  Floor(int caller_listener, int runtime_listener) : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    if (epoll_ < 0) die("epoll_create1");
    add(&peers_.emplace_back(Peer{.side = Side::kCallerListener, .fd = caller_listener}), EPOLLIN);
    add(&peers_.emplace_back(Peer{.side = Side::kRuntimeListener, .fd = runtime_listener}),
        EPOLLIN);
  }

  [[noreturn]] void run() {
    epoll_event events[64];
    for (;;) {
      const int n = epoll_wait(epoll_, events, 64, -1);
      if (n < 0 && errno != EINTR) die("epoll_wait");
      for (int i = 0; i < n; ++i) {
        auto* peer = static_cast<Peer*>(events[i].data.ptr);
        const unsigned what = events[i].events;
        if (peer->side == Side::kCallerListener) {
          accept_all(*peer, Side::kCaller);
        } else if (peer->side == Side::kRuntimeListener) {
          accept_all(*peer, Side::kRuntime);
        } else {
          if ((what & EPOLLOUT) != 0 && peer->written < pending(*peer)) flush(*peer);
          if ((what & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) receive(*peer);
        }
      }
    }
  }

 private:
  static std::size_t pending(const Peer& peer) { return peer.head.size() + peer.body.size(); }

  void add(Peer* peer, unsigned events) const {
    epoll_event event{.events = events, .data = {.ptr = peer}};
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, peer->fd, &event) != 0) die("epoll_ctl");
  }

  // Closed peers and their buffers are used again, so a client that reconnects finds touched pages.
  void accept_all(const Peer& listener, Side side) {
    int fd;
    while ((fd = accept4(listener.fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      Peer* peer = free_;
      if (peer != nullptr) {
        free_ = peer->next_free;
      } else {
        peer = &peers_.emplace_back(Peer{.side = side, .fd = fd});
        void* memory = mmap(nullptr, kCapacity, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED) die("mmap");
        peer->in = static_cast<char*>(memory);
      }
      peer->side = side;
      peer->fd = fd;
      add(peer, EPOLLIN | EPOLLOUT | EPOLLET);
    }
  }

  void drop(Peer& peer) {
    if (peer.side == Side::kRuntime) {
      std::fputs("floor: the runtime has gone\n", stderr);
      std::exit(1);
    }
    if (&peer == served_) served_ = nullptr;
    std::erase(waiting_, &peer);
    close(peer.fd);
    peer.have = peer.body_at = peer.body_size = peer.written = 0;
    peer.head.clear();
    peer.body = {};
    peer.next_free = free_;
    free_ = &peer;
  }

  // Reads what is there. A read that fills less than it could has emptied the socket, so no second
  // one asks for EAGAIN.
  void receive(Peer& peer) {
    for (;;) {
      const std::size_t room = kCapacity - peer.have;
      const ssize_t n = recv(peer.fd, peer.in + peer.have, room, 0);
      if (n < 0 && errno == EAGAIN) return;
      if (n <= 0) return drop(peer);
      peer.have += static_cast<std::size_t>(n);
      if (peer.body_at == 0) {
        const std::string_view all(peer.in, peer.have);
        const auto blank = all.find("\r\n\r\n");
        if (blank == std::string_view::npos) continue;
        const auto length = all.substr(0, blank).find("Content-Length: ");
        peer.body_at = blank + 4;
        peer.body_size =
            length == std::string_view::npos ? 0 : std::strtoul(peer.in + length + 16, nullptr, 10);
        if (peer.body_at + peer.body_size > kCapacity) return drop(peer);
      }
      if (peer.have >= peer.body_at + peer.body_size) return complete(peer);
      if (static_cast<std::size_t>(n) < room) return;
    }
  }

  void complete(Peer& peer) {
    const std::string_view body(peer.in + peer.body_at, peer.body_size);
    if (peer.side == Side::kCaller) {
      if (parked_ != nullptr) {
        serve(peer);
      } else {
        waiting_.push_back(&peer);
      }
      return;
    }
    const bool is_post = peer.in[0] == 'P';
    peer.have = peer.body_at = 0;
    if (is_post) {
      if (served_ != nullptr) {
        served_->have = served_->body_at = 0;
        answer(*served_, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n", body);
        served_ = nullptr;
      }
      answer(peer, "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\n",
             "{\"status\":\"OK\"}\n");
    } else {
      parked_ = &peer;
      if (!waiting_.empty()) {
        Peer* first = waiting_.front();
        waiting_.erase(waiting_.begin());
        serve(*first);
      }
    }
  }

  void serve(Peer& caller) {
    served_ = &caller;
    answer(*parked_,
           "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
           "Lambda-Runtime-Aws-Request-Id: 00000000-0000-4000-8000-000000000000\r\n"
           "Lambda-Runtime-Deadline-Ms: 4102444800000\r\n"
           "Lambda-Runtime-Invoked-Function-Arn: "
           "arn:aws:lambda:us-east-1:012345678912:function:test_function\r\n",
           std::string_view(caller.in + caller.body_at, caller.body_size));
    parked_ = nullptr;
  }

  // `body` stays where it was read: its owner sends nothing more until it has been answered.
  void answer(Peer& peer, std::string_view head, std::string_view body) {
    char length[48];
    std::snprintf(length, sizeof length, "Content-Length: %zu\r\n\r\n", body.size());
    peer.head.assign(head).append(length);
    peer.body = body;
    peer.written = 0;
    flush(peer);
  }

  void flush(Peer& peer) {
    while (peer.written < pending(peer)) {
      iovec parts[2];
      std::size_t count = 0;
      std::size_t skip = peer.written;
      for (const std::string_view part : {std::string_view(peer.head), peer.body}) {
        if (skip < part.size()) {
          parts[count++] = {const_cast<char*>(part.data()) + skip, part.size() - skip};
          skip = 0;
        } else {
          skip -= part.size();
        }
      }
      msghdr message{};
      message.msg_iov = parts;
      message.msg_iovlen = count;
      const ssize_t n = sendmsg(peer.fd, &message, MSG_NOSIGNAL);
      if (n < 0 && errno == EAGAIN) return;
      if (n < 0) {
        peer.written = pending(peer);  // the read side will see the end
        return;
      }
      peer.written += static_cast<std::size_t>(n);
    }
  }

  int epoll_;
  std::deque<Peer> peers_;  // never shrinks; those closed are in `free_`
  Peer* free_ = nullptr;
  Peer* parked_ = nullptr;  // the runtime, while it waits in /next
  Peer* served_ = nullptr;  // the caller whose invocation the runtime has
  std::vector<Peer*> waiting_;
};

int listen_on(const char* address) {
  const char* colon = std::strrchr(address, ':');
  if (colon == nullptr) {
    std::fprintf(stderr, "floor: '%s' is not HOST:PORT\n", address);
    std::exit(1);
  }
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(static_cast<std::uint16_t>(std::atoi(colon + 1)));
  inet_pton(AF_INET, std::string(address, colon).c_str(), &name.sin_addr);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) die("socket");
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, reinterpret_cast<sockaddr*>(&name), sizeof name) != 0) die(address);
  if (listen(fd, 1024) != 0) die("listen");
  return fd;
}

}  // namespace

int main(int argc, char** argv) {
  const char* invoke = nullptr;
  const char* runtime_api = nullptr;
  int i = 1;
  for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
    const std::string_view flag(argv[i]);
    if (flag == "--runtime-interface-emulator-address") invoke = argv[i + 1];
    if (flag == "--runtime-api-address") runtime_api = argv[i + 1];
  }
  if (invoke == nullptr || runtime_api == nullptr || i >= argc) {
    std::fputs(
        "usage: thimble_bench_floor --runtime-interface-emulator-address A --runtime-api-address B "
        "CMD...\n",
        stderr);
    return 2;
  }
  const int callers = listen_on(invoke);
  const int runtimes = listen_on(runtime_api);
  std::signal(SIGCHLD, SIG_IGN);
  const pid_t child = fork();
  if (child < 0) die("fork");
  if (child == 0) {
    setenv("AWS_LAMBDA_RUNTIME_API", runtime_api, 1);
    execvp(argv[i], argv + i);
    _exit(127);
  }
  Floor(callers, runtimes).run();
}
