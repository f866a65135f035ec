#pragma once
// Where a client connects.

#include <span>
#include <string>
#include <vector>

#include "thimble/base/result.h"
#include "thimble/http/address.h"

namespace thimble::http {

// A server's host and port, and every socket address that they stand for.
class Endpoint final {
 public:
  // Looks the host up once and for all. It may wait for other machines: not from a loop.
  [[nodiscard]] static Result<Endpoint> look_up(const Address& address);

  [[nodiscard]] const Address& address() const { return address_; }

  // In the order to try them; each is a sockaddr's bytes. At least one.
  [[nodiscard]] std::span<const std::string> socket_addresses() const { return found_; }

 private:
  explicit Endpoint(const Address& address) : address_(address) {}

  Address address_;
  std::vector<std::string> found_;
};

}  // namespace thimble::http
