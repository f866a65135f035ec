#include "mock_api.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cinttypes>
#include <cstdio>

#include "message.h"

namespace thimble::bench {
namespace {

// Go, Node.js and Java keep one connection in use, too, but may open a second for what they like.
constexpr int kThreads = 4;

// Small enough to stay in the cache, so that looking at an answer costs little more than receiving
// it.
constexpr std::size_t kBufferBytes = std::size_t{256} << 10;

constexpr std::string_view kAccepted =
    "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n"
    "{\"status\":\"OK\"}\n";
constexpr std::string_view kNext = "GET /2018-06-01/runtime/invocation/next ";
constexpr std::string_view kInvocation = "POST /2018-06-01/runtime/invocation/";

constexpr std::string_view kIdStart = "8476a536-e9f4-11e8-9739-";  // 12 digits follow
constexpr std::size_t kIdBytes = 36;

// Follows a posted body and the event it should be. White space that a client's encoder put between
// its tokens is no difference.
class Comparison final {
 public:
  explicit Comparison(std::string_view expected) : left_(expected) {}

  bool take(std::string_view got) {
    while (!got.empty()) {
      const std::size_t n = std::min(got.size(), left_.size());
      if (n == got.size() && std::memcmp(got.data(), left_.data(), n) == 0) {
        left_.remove_prefix(n);
        return true;
      }
      if (!left_.empty() && got.front() == left_.front()) {
        left_.remove_prefix(1);
      } else if (got.front() != ' ' && got.front() != '\n') {
        return false;
      }
      got.remove_prefix(1);
    }
    return true;
  }
  [[nodiscard]] bool is_complete() const { return left_.empty(); }

 private:
  std::string_view left_;
};

}  // namespace

std::string make_event(std::size_t size) {
  constexpr std::size_t kRecord = 100;
  std::string text = "{\"records\":[";
  char record[32];
  for (int i = 0; size > text.size() + 2 * kRecord; ++i) {
    std::snprintf(record, sizeof record, "{\"id\":%07d,\"body\":\"", 1'000'000 + i);
    const std::size_t end = text.size() + kRecord;
    text += record;
    text.resize(end - 3, static_cast<char>('a' + i % 26));
    text += "\"},";
  }
  text += "\"";
  text.resize(size - 3, 'x');
  return text + "\"]}";
}

// One client's connection, served until it closes or does something wrong.
class MockApi::Connection final {
 public:
  Connection(MockApi& api, int fd, std::string& buffer) : api_(api), fd_(fd), buffer_(buffer) {}

  void serve() {
    for (;;) {
      std::size_t blank;
      while ((blank = unread().find("\r\n\r\n")) == std::string_view::npos) {
        if (!more()) return;
      }
      const std::string_view head = unread().substr(0, blank + 2);
      at_ += blank + 4;
      if (!(head.starts_with(kNext) ? next() : post(head))) return;
    }
  }

 private:
  [[nodiscard]] std::string_view unread() const { return {buffer_.data() + at_, have_ - at_}; }

  // What was read before is lost, except for what has not been handed out.
  bool more() {
    if (at_ == have_) {
      at_ = have_ = 0;
    } else if (have_ == buffer_.size()) {
      if (at_ == 0) return wrong("a head of more than 256 KiB");
      std::memmove(buffer_.data(), buffer_.data() + at_, have_ - at_);
      have_ -= at_;
      at_ = 0;
    }
    const ssize_t n = recv(fd_, buffer_.data() + have_, buffer_.size() - have_, 0);
    if (n <= 0) return false;
    have_ += static_cast<std::size_t>(n);
    return true;
  }

  bool wrong(std::string what) {
    api_.complain(std::move(what));
    return false;
  }

  bool next() {
    const std::uint64_t number = api_.take();
    if (number == 0) return false;
    event_ = api_.event_;
    std::snprintf(id_, sizeof id_, "%s%012" PRIu64, kIdStart.data(), number);
    char head[512];
    const int size = std::snprintf(
        head, sizeof head,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        "Lambda-Runtime-Aws-Request-Id: %s\r\n"
        "Lambda-Runtime-Deadline-Ms: 4102444800000\r\n"
        "Lambda-Runtime-Invoked-Function-Arn: "
        "arn:aws:lambda:us-east-1:012345678912:function:test_function\r\n"
        "Lambda-Runtime-Trace-Id: "
        "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1\r\n"
        "Content-Length: %zu\r\n\r\n",
        id_, event_.size());
    return write_all(fd_, {head, static_cast<std::size_t>(size)}, event_);
  }

  bool post(std::string_view head) {
    std::string_view rest = head;
    if (!rest.starts_with(kInvocation))
      return wrong("a request to another path: " + std::string(head.substr(0, head.find('\r'))));
    rest.remove_prefix(kInvocation.size());
    if (!rest.starts_with(kIdStart) || !rest.substr(kIdBytes).starts_with("/response "))
      return wrong("not a response: " + std::string(head.substr(0, head.find('\r'))));
    const std::uint64_t number = std::strtoull(rest.data() + kIdStart.size(), nullptr, 10);
    if (!header(head, "Expect").empty() && !write_all(fd_, "HTTP/1.1 100 Continue\r\n\r\n", {}))
      return false;
    // The head is lost with the first read of the body.
    const bool chunked = header(head, "Transfer-Encoding") == "chunked";
    const std::string_view length = header(head, "Content-Length");
    if (!chunked && length.empty()) return wrong("neither Content-Length nor chunked");
    // The event is the same for all invocations of a batch, whichever connection it was sent on.
    Comparison body(api_.event_);
    if (!(chunked ? chunks(body) : exactly(std::strtoull(length.data(), nullptr, 10), body)))
      return false;
    if (!body.is_complete()) return wrong("an answer shorter than the event");
    if (!api_.answered(number)) return wrong("an invocation was left out, or answered twice");
    return write_all(fd_, kAccepted, {});
  }

  bool exactly(std::uint64_t size, Comparison& body) {
    while (size > 0) {
      if (at_ == have_ && !more()) return false;
      const std::string_view part = unread().substr(0, size);
      if (!body.take(part)) return wrong("an answer that is not the event");
      at_ += part.size();
      size -= part.size();
    }
    return true;
  }

  bool line(std::string_view& text) {
    std::size_t end;
    while ((end = unread().find("\r\n")) == std::string_view::npos) {
      if (!more()) return false;
    }
    text = unread().substr(0, end);
    at_ += end + 2;
    return true;
  }

  bool chunks(Comparison& body) {
    std::string_view text;
    for (;;) {
      if (!line(text)) return false;
      const std::uint64_t size = std::strtoull(text.data(), nullptr, 16);
      if (size == 0) break;
      if (!exactly(size, body) || !line(text)) return false;
    }
    do {
      if (!line(text)) return false;
    } while (!text.empty());  // trailers
    return true;
  }

  MockApi& api_;
  int fd_;
  std::string& buffer_;
  std::size_t at_ = 0;    // the first byte not looked at
  std::size_t have_ = 0;  // the end of what arrived
  std::string_view event_;
  char id_[64] = {};
};

MockApi::MockApi() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof name;
  auto* any = reinterpret_cast<sockaddr*>(&name);
  if (bind(listener_.get(), any, size) != 0 || listen(listener_.get(), 64) != 0 ||
      getsockname(listener_.get(), any, &size) != 0)
    die("no port for the mock Runtime API: %s", std::strerror(errno));
  address_ = "127.0.0.1:" + std::to_string(ntohs(name.sin_port));
  for (int i = 0; i < kThreads; ++i) threads_.emplace_back([this] { serve_connections(); });
}

MockApi::~MockApi() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  end_turn();
  shutdown(listener_.get(), SHUT_RDWR);
  for (std::thread& thread : threads_) thread.join();
}

// Threads wait for connections, so that none has to be started while a client starts.
void MockApi::serve_connections() {
  std::string buffer(kBufferBytes, '\0');
  for (;;) {
    const Fd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!fd.is_open()) {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      continue;
    }
    const int on = 1;
    setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    Connection(*this, fd.get(), buffer).serve();
  }
}

void MockApi::begin_turn() {
  const std::lock_guard lock(mutex_);
  allowed_ = taken_ = answered_ = 0;
  waiting_ = false;
  first_next_ns_ = batch_begun_ns_ = parked_ns_ = 0;
  complaint_.clear();
}

void MockApi::end_turn() {
  const std::lock_guard lock(mutex_);
  ++turn_;
  work_.notify_all();
}

void MockApi::hand_out(std::string_view event, std::uint64_t count) {
  const std::lock_guard lock(mutex_);
  event_ = event;
  allowed_ += count;
  waiting_ = false;
  batch_begun_ns_ = now_ns();
  work_.notify_all();
}

MockApi::Wait MockApi::wait_until_parked(int milliseconds) {
  std::unique_lock lock(mutex_);
  parked_.wait_for(lock, std::chrono::milliseconds(milliseconds),
                   [this] { return waiting_ || !complaint_.empty(); });
  if (!complaint_.empty()) return Wait::kWrong;
  return waiting_ ? Wait::kParked : Wait::kNothingYet;
}

std::uint64_t MockApi::take() {
  std::unique_lock lock(mutex_);
  if (first_next_ns_ == 0) first_next_ns_ = now_ns();
  if (taken_ == allowed_) {
    if (answered_ != taken_) {
      complaint_ = "asked for another invocation without having answered the last";
      parked_.notify_all();
      return 0;
    }
    parked_ns_ = now_ns();
    waiting_ = true;
    parked_.notify_all();
    const std::uint64_t turn = turn_;
    work_.wait(lock, [&] { return taken_ < allowed_ || turn != turn_; });
    if (turn != turn_) return 0;
  }
  return ++taken_;
}

bool MockApi::answered(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  if (number != answered_ + 1 || number > taken_) return false;
  answered_ = number;
  return true;
}

void MockApi::complain(std::string what) {
  const std::lock_guard lock(mutex_);
  if (complaint_.empty()) complaint_ = std::move(what);
  parked_.notify_all();
}

std::int64_t MockApi::first_next_ns() {
  const std::lock_guard lock(mutex_);
  return first_next_ns_;
}

std::int64_t MockApi::last_batch_ns() {
  const std::lock_guard lock(mutex_);
  return parked_ns_ - batch_begun_ns_;
}

std::string MockApi::complaint() {
  const std::lock_guard lock(mutex_);
  return complaint_;
}

}  // namespace thimble::bench
