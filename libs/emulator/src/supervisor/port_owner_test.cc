#include "supervisor/port_owner.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "thimble/base/fd.h"

namespace thimble::emulator {
namespace {

// A connection over loopback.
struct Pair {
  Fd server;
  Fd client;
  std::uint16_t client_port = 0;
};

Pair connect() {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof where;
  auto* address = reinterpret_cast<sockaddr*>(&where);
  const Fd listener(::socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_EQ(::bind(listener.number(), address, size), 0);
  EXPECT_EQ(::listen(listener.number(), 1), 0);
  EXPECT_EQ(::getsockname(listener.number(), address, &size), 0);
  Pair pair;
  pair.client = Fd(::socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_EQ(::connect(pair.client.number(), address, size), 0);
  EXPECT_EQ(::getsockname(pair.client.number(), address, &size), 0);
  pair.client_port = ntohs(where.sin_port);
  pair.server = Fd(::accept(listener.number(), nullptr, nullptr));
  return pair;
}

TEST(OwnerOfPort, IsTheProcessThatHoldsTheSocket) {
  const Pair pair = connect();
  EXPECT_EQ(owner_of_port(::getpid(), pair.client_port), ::getpid());
}

TEST(OwnerOfPort, MayBeADescendant) {
  Pair pair = connect();
  const pid_t child = ::fork();
  if (child == 0) {
    ::pause();
    ::_exit(0);
  }
  pair.client.reset();
  EXPECT_EQ(owner_of_port(::getpid(), pair.client_port), child);
  EXPECT_FALSE(has_ended(child));
  ::kill(child, SIGKILL);
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);
  EXPECT_TRUE(has_ended(child));
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(has_ended(child));
}

TEST(OwnerOfPort, IsNobodyIfTheConnectionIsClosed) {
  Pair pair = connect();
  pair.client.reset();
  pair.server.reset();
  EXPECT_EQ(owner_of_port(::getpid(), pair.client_port), std::nullopt);
}

}  // namespace
}  // namespace thimble::emulator
