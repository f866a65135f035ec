#include "listener.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace durations {

thimble::Result<Listener> Listener::open() {
  thimble::Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  socklen_t size = sizeof address;
  auto* const where = reinterpret_cast<sockaddr*>(&address);
  if (!fd.is_open() || ::bind(fd.number(), where, size) != 0 || ::listen(fd.number(), 8) != 0 ||
      ::getsockname(fd.number(), where, &size) != 0) {
    return thimble::fail(thimble::system_error("listen for telemetry"));
  }
  return Listener(std::move(fd), ntohs(address.sin_port));
}

void Listener::run(const std::function<void(std::string_view)>& on_line) {
  while (true) {
    const thimble::Fd peer(::accept4(fd_.number(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!peer.is_open()) return;
    std::string text;
    char piece[8192];
    for (ssize_t got = 0; (got = ::read(peer.number(), piece, sizeof piece)) > 0;) {
      text.append(piece, static_cast<std::size_t>(got));
      std::size_t begin = 0;
      for (std::size_t end = 0; (end = text.find('\n', begin)) != std::string::npos;
           begin = end + 1) {
        on_line(std::string_view(text).substr(begin, end - begin));
      }
      text.erase(0, begin);
    }
  }
}

}  // namespace durations
