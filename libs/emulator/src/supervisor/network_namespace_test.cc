#include "supervisor/network_namespace.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include <gtest/gtest.h>

namespace thimble::emulator {
namespace {

Fd make_socket() {
  return Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

// Listens on a port of 127.0.0.1 that the system chooses.
sockaddr_in listen_on(const Fd& socket) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(socket.number(), generic, size), 0);
  EXPECT_EQ(::listen(socket.number(), 5), 0);
  EXPECT_EQ(::getsockname(socket.number(), generic, &size), 0);
  return address;
}

// 0, or why not.
int connect_to(const sockaddr_in& address, const Fd& socket) {
  const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
  return ::connect(socket.number(), generic, sizeof address) == 0 ? 0 : errno;
}

// A machine that does not permit it says what it takes.
std::unique_ptr<NetworkNamespace> network_or_reason() {
  auto network = NetworkNamespace::create();
  if (network) return std::move(*network);
  EXPECT_EQ(network.error().code, ErrorCode::kPermission);
  EXPECT_TRUE(network.error().message.starts_with("needs CAP_")) << network.error().message;
  return nullptr;
}

TEST(NetworkNamespace, HasALoopbackOfItsOwn) {
  const auto network = network_or_reason();
  if (!network) return;
  Fd inside;
  {
    const NetworkNamespace::Guard there(network.get());
    inside = make_socket();
  }
  const sockaddr_in address = listen_on(inside);
  EXPECT_EQ(connect_to(address, make_socket()), ECONNREFUSED) << "it is not ours";
  Fd client;
  {
    const NetworkNamespace::Guard there(network.get());
    client = make_socket();
  }
  EXPECT_EQ(connect_to(address, client), 0) << "a socket stays where it was made";
}

TEST(NetworkNamespace, SeesNothingOfOurs) {
  const auto network = network_or_reason();
  if (!network) return;
  const Fd ours = make_socket();
  const sockaddr_in address = listen_on(ours);
  EXPECT_EQ(connect_to(address, make_socket()), 0);
  const NetworkNamespace::Guard there(network.get());
  EXPECT_EQ(connect_to(address, make_socket()), ECONNREFUSED);
}

TEST(NetworkNamespace, IsAnotherEachTime) {
  const auto one = network_or_reason();
  if (!one) return;
  const auto other = network_or_reason();
  ASSERT_NE(other, nullptr);
  Fd inside;
  {
    const NetworkNamespace::Guard there(one.get());
    inside = make_socket();
  }
  const sockaddr_in address = listen_on(inside);
  const NetworkNamespace::Guard there(other.get());
  const Fd same_port = make_socket();
  EXPECT_EQ(::bind(same_port.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
            0);
}

TEST(NetworkNamespace, MayBeNone) {
  const NetworkNamespace::Guard nowhere(nullptr);
  const Fd ours = make_socket();
  EXPECT_EQ(connect_to(listen_on(ours), make_socket()), 0);
}

}  // namespace
}  // namespace thimble::emulator
