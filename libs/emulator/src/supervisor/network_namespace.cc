#include "network_namespace.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace thimble::emulator {
namespace {

Fd own_network() {
  return Fd(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
}

Error missing(std::string_view doing, std::string_view capability) {
  const int number = errno;
  if (number != EPERM) return system_error(doing, number);
  std::string text("needs CAP_");
  text.append(capability).append(" (docker run --cap-add ").append(capability);
  return Error{ErrorCode::kPermission, text.append(", or --privileged)")};
}

// A new namespace's loopback interface is down.
Result<void> raise_loopback() {
  const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strncpy(request.ifr_name, "lo", sizeof request.ifr_name - 1);
  request.ifr_flags = IFF_UP;
  if (::ioctl(socket.number(), SIOCSIFFLAGS, &request) != 0) {
    return fail(missing("bring up its loopback interface", "NET_ADMIN"));
  }
  return {};
}

// What was entered with CAP_SYS_ADMIN can be left with it. If it could not, all that follows would
// happen in the wrong network.
void go_to(const Fd& network) {
  if (::setns(network.number(), CLONE_NEWNET) != 0) std::abort();
}

}  // namespace

Result<std::unique_ptr<NetworkNamespace>> NetworkNamespace::create() {
  std::unique_ptr<NetworkNamespace> network(new NetworkNamespace);
  network->here_ = own_network();
  if (!network->here_.is_open()) return fail(system_error("open /proc/self/ns/net"));
  if (::unshare(CLONE_NEWNET) != 0) {
    return fail(missing("make a network namespace", "SYS_ADMIN"));
  }
  network->there_ = own_network();
  auto raised = raise_loopback();
  const Error unopened = system_error("open /proc/self/ns/net");
  go_to(network->here_);
  if (!network->there_.is_open()) return fail(unopened);
  if (!raised) return fail(std::move(raised.error()));
  return network;
}

NetworkNamespace::Guard::Guard(const NetworkNamespace* network) : network_(network) {
  if (network_ != nullptr) go_to(network_->there_);
}

NetworkNamespace::Guard::~Guard() {
  if (network_ != nullptr) go_to(network_->here_);
}

}  // namespace thimble::emulator
