#include "xray_daemon.h"

#include <netdb.h>
#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <string>

namespace thimble::emulator {
namespace {

constexpr std::string_view kHeader = "{\"format\":\"json\",\"version\":1}\n";

iovec piece(std::string_view bytes) {
  return {.iov_base = const_cast<char*>(bytes.data()), .iov_len = bytes.size()};
}

}  // namespace

Result<http::Address> parse_daemon_address(std::string_view text) {
  constexpr std::string_view kUdp = "udp:";
  // A word alone needs no protocol.
  std::string_view chosen = text.find(' ') == std::string_view::npos ? text : std::string_view();
  while (!text.empty()) {
    const std::size_t end = text.find(' ');
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (word.starts_with(kUdp)) chosen = word.substr(kUdp.size());
  }
  auto address = http::parse_address(chosen);
  if (!address || address->host.empty() || address->port == 0) {
    return fail(ErrorCode::kInvalid, "it is neither host:port nor udp:host:port tcp:host:port");
  }
  return address;
}

Result<XrayDaemon> XrayDaemon::open(const http::Address& address) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_DGRAM;
  wanted.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error =
      ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &wanted, &found);
  if (error != 0) return fail(ErrorCode::kNotFound, ::gai_strerror(error));
  // Nobody tells whether a datagram arrives, and a name such as localhost may have an address of
  // IPv6 first, where the daemon does not listen by default.
  const addrinfo* chosen = found;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    if (each->ai_family != AF_INET) continue;
    chosen = each;
    break;
  }
  XrayDaemon daemon;
  daemon.socket_ = Fd(
      ::socket(chosen->ai_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, chosen->ai_protocol));
  std::memcpy(&daemon.address_, chosen->ai_addr, chosen->ai_addrlen);
  daemon.address_size_ = chosen->ai_addrlen;
  ::freeaddrinfo(found);
  if (!daemon.socket_.is_open()) return fail(system_error("socket"));
  return daemon;
}

void XrayDaemon::send(std::string_view document) {
  std::array<iovec, 2> pieces{piece(kHeader), piece(document)};
  msghdr message{};
  // Not a connected socket: that would fail once for each datagram nobody took.
  message.msg_name = &address_;
  message.msg_namelen = address_size_;
  message.msg_iov = pieces.data();
  message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(pieces.size());
  static_cast<void>(::sendmsg(socket_.number(), &message, MSG_DONTWAIT | MSG_NOSIGNAL));
}

}  // namespace thimble::emulator
