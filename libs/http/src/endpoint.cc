#include "thimble/http/endpoint.h"

#include <netdb.h>
#include <sys/socket.h>

namespace thimble::http {

Result<Endpoint> Endpoint::look_up(const Address& address) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* first = nullptr;
  const std::string port = std::to_string(address.port);
  const int error = ::getaddrinfo(address.host.c_str(), port.c_str(), &hints, &first);
  if (error != 0) return fail(ErrorCode::kNotFound, address.text() + ": " + ::gai_strerror(error));
  Endpoint endpoint(address);
  for (const addrinfo* each = first; each != nullptr; each = each->ai_next) {
    endpoint.found_.emplace_back(reinterpret_cast<const char*>(each->ai_addr), each->ai_addrlen);
  }
  ::freeaddrinfo(first);
  return endpoint;
}

}  // namespace thimble::http
