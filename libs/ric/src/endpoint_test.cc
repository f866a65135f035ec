#include "endpoint.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <string>

#include <gtest/gtest.h>

namespace thimble::ric {
namespace {

TEST(Endpoint, IsAHostAndAPort) {
  const auto usual = Endpoint::parse("127.0.0.1:9001");
  ASSERT_TRUE(usual);
  EXPECT_EQ(usual->host, "127.0.0.1");
  EXPECT_EQ(usual->port, "9001");
  EXPECT_EQ(usual->text, "127.0.0.1:9001");
  const auto name = Endpoint::parse("sandbox.localdomain:65535");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->host, "sandbox.localdomain");
  const auto six = Endpoint::parse("[::1]:80");
  ASSERT_TRUE(six);
  EXPECT_EQ(six->host, "::1");
  EXPECT_EQ(six->text, "[::1]:80");
}

TEST(Endpoint, IsRefusedByItsText) {
  for (const std::string text :
       {"",       ":",           "a",          "a:",    ":80",        "a:0",  "a:65536",
        "a:-1",   "a:+1",        "a: 1",       "a:1 ",  "a:b",        "a:1x", " a:1",
        "a b:1",  "a\r\nX: y:1", "http://a:1", "a/b:1", "\xc3\xa4:1", "[]:1", "a:1\n",
        "::1:80", "[::1:80",     "::1]:80",    "a:b:80"}) {
    const auto endpoint = Endpoint::parse(text);
    ASSERT_FALSE(endpoint) << text;
    EXPECT_EQ(endpoint.error().code, ErrorCode::kInvalid);
    EXPECT_NE(endpoint.error().message.find("'" + text + "' is not HOST:PORT"), std::string::npos);
  }
}

// A listening socket on loopback; its port.
class Listener {
 public:
  Listener() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(fd_.number(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(fd_.number(), 1), 0);
    EXPECT_EQ(::getsockname(fd_.number(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    port = std::to_string(ntohs(address.sin_port));
  }
  std::string port;

 private:
  Fd fd_;
};

TEST(Endpoint, IsConnectedToByAddressAndByName) {
  const Listener listener;
  for (const std::string host : {"127.0.0.1:", "localhost:"}) {
    const auto endpoint = Endpoint::parse(host + listener.port);
    ASSERT_TRUE(endpoint);
    const auto fd = connect_to(*endpoint);
    EXPECT_TRUE(fd) << fd.error().message;
  }
}

TEST(Endpoint, SaysWhatItCouldNotConnectTo) {
  std::string port;
  {
    const Listener gone;
    port = gone.port;
  }
  const auto fd = connect_to(*Endpoint::parse("127.0.0.1:" + port));
  ASSERT_FALSE(fd);
  EXPECT_EQ(fd.error().message, "connect to '127.0.0.1:" + port + "': connect: connection refused");
}

}  // namespace
}  // namespace thimble::ric
