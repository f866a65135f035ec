#pragma once
// A network for an environment alone.

#include <memory>

#include "thimble/base/fd.h"
#include "thimble/base/result.h"

namespace thimble::emulator {

// A network namespace in which there is a loopback interface and nothing else. It lives as long as
// this object, a process in it or a socket of it.
class NetworkNamespace final {
 public:
  // Needs CAP_SYS_ADMIN and CAP_NET_ADMIN; kPermission names the one that is missing. The program
  // must have one thread.
  [[nodiscard]] static Result<std::unique_ptr<NetworkNamespace>> create();

  // For setns(); stays ours.
  [[nodiscard]] int number() const { return there_.number(); }

  // While it exists, this thread makes its sockets in `network`; where they were made is where they
  // stay. Without a network it does nothing.
  class Guard final {
   public:
    explicit Guard(const NetworkNamespace* network);
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    ~Guard();

   private:
    const NetworkNamespace* network_;
  };

 private:
  NetworkNamespace() = default;

  Fd here_;  // where the emulator itself is
  Fd there_;
};

}  // namespace thimble::emulator
