#include "thimble/http/client_exchange.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "thimble/base/manual_clock.h"

namespace thimble::http {
namespace {

// Listens on loopback and has the last connection that was made.
class TestServer final {
 public:
  explicit TestServer(int receive_buffer = 0)
      : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    if (receive_buffer > 0)
      ::setsockopt(listener_.number(), SOL_SOCKET, SO_RCVBUF, &receive_buffer,
                   sizeof receive_buffer);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const address = reinterpret_cast<sockaddr*>(&where);
    socklen_t size = sizeof where;
    EXPECT_EQ(::bind(listener_.number(), address, size), 0);
    ::getsockname(listener_.number(), address, &size);
    port_ = ntohs(where.sin_port);
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  void listen() { EXPECT_EQ(::listen(listener_.number(), 4), 0); }

  // Accepts, and takes what has come by now.
  void look() {
    if (!socket_.is_open())
      socket_ = Fd(::accept4(listener_.number(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket_.is_open()) return;
    char bytes[64 * 1024];
    for (;;) {
      const ssize_t got = ::recv(socket_.number(), bytes, sizeof bytes, 0);
      if (got > 0) received.append(bytes, static_cast<std::size_t>(got));
      has_ended = has_ended || got == 0;
      if (got <= 0) return;
    }
  }
  void send(std::string_view bytes) {
    EXPECT_EQ(::send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  // Only what fits.
  std::size_t send_some(std::string_view bytes) {
    const ssize_t sent = ::send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return sent < 0 ? 0 : static_cast<std::size_t>(sent);
  }
  void close() { socket_.reset(); }
  void reset() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_.number(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    socket_.reset();
  }

  std::string received;
  bool has_ended = false;

 private:
  Fd listener_;
  Fd socket_;
  std::uint16_t port_ = 0;
};

class ClientExchangeTest : public testing::Test, public ClientListener {
 protected:
  void ask(std::string_view request, bool is_head = false) {
    endpoint_ = Endpoint::look_up({"127.0.0.1", server_->port()}).value();
    exchange_ =
        std::make_unique<ClientExchange>(ClientExchange::Options{.loop = *loop_,
                                                                 .endpoint = *endpoint_,
                                                                 .longest_silence = Seconds(60),
                                                                 .is_head = is_head},
                                         *this);
    exchange_->send(request);
  }

  [[nodiscard]] bool eventually(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + Seconds(10);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      loop_->run_once(Milliseconds(1));
      server_->look();
    }
    return true;
  }
  [[nodiscard]] bool receives(std::string_view bytes) {
    return eventually([&] { return server_->received == bytes; });
  }
  [[nodiscard]] bool fails() {
    return eventually([this] { return failure_.has_value(); });
  }
  void settle() {
    for (int i = 0; i < 8; ++i) loop_->run_once(Milliseconds(0));
  }

  void on_response(int status, std::span<const Header> headers) override {
    status_ = status;
    for (const auto& [name, value] : headers)
      headers_.append(name).append("=").append(value).append(";");
    if (closes_at_head_) exchange_->close();
  }
  void on_response_piece(std::string_view piece) override {
    body_ += piece;
    if (pauses_) exchange_->pause();
  }
  void on_response_end() override { ++ends_; }
  void on_response_failed(ClientFailure failure, std::string_view reason) override {
    EXPECT_FALSE(failure_.has_value());
    failure_ = failure;
    reason_ = reason;
  }
  void on_sent() override { ++sent_; }

  ManualClock clock_;
  std::unique_ptr<EventLoop> loop_ = EventLoop::create(clock_).value();
  std::unique_ptr<TestServer> server_ = std::make_unique<TestServer>();
  std::optional<Endpoint> endpoint_;
  std::unique_ptr<ClientExchange> exchange_;

  int status_ = 0;
  std::string headers_;
  std::string body_;
  int ends_ = 0;
  int sent_ = 0;
  std::optional<ClientFailure> failure_;
  std::string reason_;
  bool pauses_ = false;
  bool closes_at_head_ = false;
};

TEST_F(ClientExchangeTest, SendsItsBytesAndTellsTheResponseAsItComes) {
  server_->listen();
  ask("GET / HTTP/1.1\r\n");
  exchange_->send("\r\n");
  exchange_->finish();
  ASSERT_TRUE(receives("GET / HTTP/1.1\r\n\r\n"));
  EXPECT_GE(sent_, 1);
  server_->send("HTTP/1.1 201 Created\r\nContent-Length: 5\r\nX-One: 1\r\nnot a header\r\n\r\nhel");
  ASSERT_TRUE(eventually([this] { return body_ == "hel"; }));
  EXPECT_EQ(status_, 201);
  EXPECT_EQ(headers_, "Content-Length=5;X-One=1;");
  EXPECT_EQ(ends_, 0);
  server_->send("lo");
  ASSERT_TRUE(eventually([this] { return ends_ == 1; }));
  EXPECT_EQ(body_, "hello");
  EXPECT_TRUE(eventually([this] { return server_->has_ended; })) << "its connection is its own";
  EXPECT_FALSE(failure_);
}

TEST_F(ClientExchangeTest, TakesTheCodingOffTheBody) {
  server_->listen();
  ask("GET / HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(eventually([this] { return !server_->received.empty(); }));
  server_->send(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  ASSERT_TRUE(eventually([this] { return ends_ == 1; }));
  EXPECT_EQ(body_, "abcde");
}

TEST_F(ClientExchangeTest, TakesTheEndOfTheConnectionForTheEndOfABodyWithoutLength) {
  server_->listen();
  ask("GET / HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(eventually([this] { return !server_->received.empty(); }));
  server_->send("HTTP/1.0 200 OK\r\n\r\nall of it");
  server_->close();
  ASSERT_TRUE(eventually([this] { return ends_ == 1; }));
  EXPECT_EQ(body_, "all of it");
}

TEST_F(ClientExchangeTest, ExpectsNoBodyAfterHead) {
  server_->listen();
  ask("HEAD / HTTP/1.1\r\n\r\n", true);
  ASSERT_TRUE(eventually([this] { return !server_->received.empty(); }));
  server_->send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
  ASSERT_TRUE(eventually([this] { return ends_ == 1; }));
  EXPECT_EQ(body_, "");
}

TEST_F(ClientExchangeTest, FailsIfNobodyListens) {
  ask("GET / HTTP/1.1\r\n\r\n");
  EXPECT_FALSE(failure_) << "not from inside send()";
  ASSERT_TRUE(fails());
  EXPECT_EQ(*failure_, ClientFailure::kUnreachable);
  EXPECT_EQ(reason_, "connection refused");
}

TEST_F(ClientExchangeTest, FailsIfTheServerEndsWithoutAResponseOrInTheMiddleOfIt) {
  for (const char* begun : {"", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"}) {
    failure_.reset();
    server_ = std::make_unique<TestServer>();
    server_->listen();
    ask("GET / HTTP/1.1\r\n\r\n");
    ASSERT_TRUE(eventually([this] { return !server_->received.empty(); }));
    server_->send(begun);
    server_->close();
    ASSERT_TRUE(fails());
    EXPECT_EQ(*failure_, ClientFailure::kBroken);
    EXPECT_EQ(reason_, "the connection ended early");
  }
}

TEST_F(ClientExchangeTest, FailsIfTheServerSpeaksSomethingElse) {
  server_->listen();
  ask("GET / HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(eventually([this] { return !server_->received.empty(); }));
  server_->send("220 mail.example ESMTP\r\n\r\n");
  ASSERT_TRUE(fails());
  EXPECT_EQ(*failure_, ClientFailure::kBroken);
  EXPECT_EQ(reason_, "not an HTTP response");
}

TEST_F(ClientExchangeTest, WaitsOnlyWhileItIsTheServersTurn) {
  server_->listen();
  ask("POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n");
  ASSERT_TRUE(eventually([this] { return !server_->received.empty(); }));
  clock_.advance(Seconds(3600));
  settle();
  EXPECT_FALSE(failure_) << "the request is not complete";
  exchange_->send("x");
  exchange_->finish();
  settle();
  clock_.advance(Seconds(59));
  settle();
  EXPECT_FALSE(failure_);
  clock_.advance(Seconds(2));
  settle();
  ASSERT_TRUE(failure_);
  EXPECT_EQ(*failure_, ClientFailure::kTimedOut);
}

TEST_F(ClientExchangeTest, KeepsWhatTheServerDoesNotTakeAndSaysWhenItHas) {
  server_ = std::make_unique<TestServer>(4096);
  server_->listen();
  const std::string much(8 * 1024 * 1024, 'x');
  ask(much);
  for (int i = 0; i < 100; ++i) loop_->run_once(Milliseconds(0));
  EXPECT_GT(exchange_->pending_bytes(), 0U);
  EXPECT_EQ(sent_, 0);
  ASSERT_TRUE(eventually([&] { return server_->received.size() == much.size(); }));
  ASSERT_TRUE(eventually([this] { return sent_ == 1; }));
  EXPECT_EQ(exchange_->pending_bytes(), 0U);
}

TEST_F(ClientExchangeTest, TakesAnAnswerThatComesBeforeTheRequestIsComplete) {
  server_->listen();
  ask("POST / HTTP/1.1\r\nContent-Length: 9999999\r\n\r\n");
  ASSERT_TRUE(eventually([this] { return !server_->received.empty(); }));
  server_->send("HTTP/1.1 413 No\r\nContent-Length: 3\r\n\r\nno!");
  ASSERT_TRUE(eventually([this] { return ends_ == 1; }));
  EXPECT_EQ(status_, 413);
  exchange_->send("more");
  settle();
  EXPECT_EQ(exchange_->pending_bytes(), 0U);
}

TEST_F(ClientExchangeTest, MakesTheServerWaitWhilePaused) {
  server_->listen();
  pauses_ = true;
  ask("GET / HTTP/1.1\r\n\r\n");
  exchange_->finish();
  ASSERT_TRUE(eventually([this] { return !server_->received.empty(); }));
  server_->send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nx");
  ASSERT_TRUE(eventually([this] { return body_ == "x"; }));
  const std::size_t sent = server_->send_some(std::string(100 * 1024, 'y'));
  ASSERT_GT(sent, 0U);
  settle();
  EXPECT_EQ(body_, "x");
  clock_.advance(Seconds(3600));
  settle();
  EXPECT_FALSE(failure_) << "a server that has to wait is not late";
  pauses_ = false;
  exchange_->resume();
  ASSERT_TRUE(eventually([&] { return body_.size() == 1 + sent; }));
}

TEST_F(ClientExchangeTest, DoesNotWaitForAServerThatIsGone) {
  server_->listen();
  pauses_ = true;
  ask("GET / HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(eventually([this] { return !server_->received.empty(); }));
  server_->send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nx");
  ASSERT_TRUE(eventually([this] { return body_ == "x"; }));
  server_->reset();
  ASSERT_TRUE(fails());
  EXPECT_EQ(*failure_, ClientFailure::kBroken);
}

TEST_F(ClientExchangeTest, TellsNothingAfterItWasClosed) {
  server_->listen();
  closes_at_head_ = true;
  ask("GET / HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(eventually([this] { return !server_->received.empty(); }));
  server_->send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
  ASSERT_TRUE(eventually([this] { return server_->has_ended; }));
  settle();
  EXPECT_EQ(status_, 200);
  EXPECT_EQ(body_, "");
  EXPECT_EQ(ends_, 0);
  EXPECT_FALSE(failure_);
}

}  // namespace
}  // namespace thimble::http
