#include "endpoint.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <memory>

#include <thimble/base/parse_number.h>

#include "request_head.h"

namespace thimble::ric {
namespace {

Result<Fd> connect_socket(const sockaddr* address, socklen_t size) {
  Fd fd(::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return fail(system_error("make a socket"));
  const int on = 1;
  const timeval patience{.tv_sec = 1, .tv_usec = 0};
  if (::setsockopt(fd.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
      ::setsockopt(fd.number(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0) {
    return fail(system_error("set up a socket"));
  }
  int connected = 0;
  do {
    connected = ::connect(fd.number(), address, size);
  } while (connected != 0 && errno == EINTR);
  if (connected != 0 && errno != EISCONN) return fail(system_error("connect"));
  return fd;
}

}  // namespace

Result<Endpoint> Endpoint::parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const std::string_view port = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  std::string_view host = text.substr(0, std::min(colon, text.size()));
  const bool is_bracketed = host.starts_with('[') && host.ends_with(']');
  if (is_bracketed) host = host.substr(1, host.size() - 2);
  const auto number = parse_number<std::uint16_t>(port);
  const bool is_plain = std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
  if (host.empty() || !number || *number == 0 || !is_plain ||
      host.find_first_of(is_bracketed ? "/[]" : "/[]:") != std::string_view::npos) {
    return fail(ErrorCode::kInvalid,
                joined({"'", text, "' is not HOST:PORT, such as '127.0.0.1:9001'"}));
  }
  return Endpoint{std::string(host), std::string(port), std::string(text)};
}

Result<Fd> connect_to(const Endpoint& endpoint) {
  const std::string what = joined({"connect to '", endpoint.text, "'"});
  // Lambda's own form needs no resolver.
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (::inet_pton(AF_INET, endpoint.host.c_str(), &address.sin_addr) == 1) {
    address.sin_port = htons(parse_number<std::uint16_t>(endpoint.port).value_or(0));
    auto fd = connect_socket(reinterpret_cast<const sockaddr*>(&address), sizeof address);
    if (!fd) return fail(std::move(fd.error()).during(what));
    return fd;
  }

  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (const int error = ::getaddrinfo(endpoint.host.c_str(), endpoint.port.c_str(), &hints, &list);
      error != 0) {
    return fail(ErrorCode::kNotFound, joined({what, ": ", ::gai_strerror(error)}));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
  Result<Fd> fd = fail(ErrorCode::kNotFound, "no address");
  for (const addrinfo* one = list; one != nullptr; one = one->ai_next) {
    fd = connect_socket(one->ai_addr, one->ai_addrlen);
    if (fd) return fd;
  }
  return fail(std::move(fd.error()).during(what));
}

}  // namespace thimble::ric
