#include "telemetry/xray_daemon.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace thimble::emulator {
namespace {

std::string parsed(std::string_view text) {
  const auto address = parse_daemon_address(text);
  return address ? address->text() : address.error().message;
}

TEST(XrayDaemon, HasAnAddressInEitherForm) {
  EXPECT_EQ(parsed("127.0.0.1:2000"), "127.0.0.1:2000");
  EXPECT_EQ(parsed("xray:3000"), "xray:3000");
  EXPECT_EQ(parsed("[::1]:2000"), "[::1]:2000");
  EXPECT_EQ(parsed("udp:127.0.0.1:2000"), "127.0.0.1:2000");
  EXPECT_EQ(parsed("udp:127.0.0.1:2000 tcp:127.0.0.2:2001"), "127.0.0.1:2000");
  EXPECT_EQ(parsed("tcp:127.0.0.2:2001  udp:127.0.0.1:2000"), "127.0.0.1:2000");
}

TEST(XrayDaemon, DoesNotRepeatABadAddress) {
  for (const char* bad :
       {"", " ", "secret", "secret:", ":2000", "secret:0", "secret:70000",
        "http://user:secret@host", "udp:", "udp:secret", "tcp:127.0.0.1:2000", "a:1 b:1"}) {
    EXPECT_EQ(parsed(bad), "it is neither host:port nor udp:host:port tcp:host:port") << bad;
  }
}

TEST(XrayDaemon, SendsADocumentAsADatagramWithAHeader) {
  const Fd receiver(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof where;
  ASSERT_EQ(::bind(receiver.number(), reinterpret_cast<const sockaddr*>(&where), size), 0);
  ASSERT_EQ(::getsockname(receiver.number(), reinterpret_cast<sockaddr*>(&where), &size), 0);

  auto daemon = XrayDaemon::open({.host = "127.0.0.1", .port = ntohs(where.sin_port)});
  ASSERT_TRUE(daemon);
  daemon->send(R"({"name":"a"})");
  daemon->send(R"({"name":"b"})");
  for (const char* name : {"a", "b"}) {
    std::array<char, 256> bytes{};
    const ssize_t got = ::recv(receiver.number(), bytes.data(), bytes.size(), 0);
    EXPECT_EQ(std::string_view(bytes.data(), static_cast<std::size_t>(got)),
              std::string("{\"format\":\"json\",\"version\":1}\n{\"name\":\"") + name + "\"}");
  }
}

TEST(XrayDaemon, NeedNotBeThere) {
  auto daemon = XrayDaemon::open({.host = "127.0.0.1", .port = 1});
  ASSERT_TRUE(daemon);
  for (int i = 0; i < 3; ++i) daemon->send("{}");
}

TEST(XrayDaemon, CannotBeOpenedWithoutAnAddress) {
  EXPECT_FALSE(XrayDaemon::open({.host = std::string(300, 'a'), .port = 1}));
}

}  // namespace
}  // namespace thimble::emulator
