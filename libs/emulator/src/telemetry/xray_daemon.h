#pragma once
// Where segments go: the X-Ray daemon, or what listens in its place
// (https://docs.aws.amazon.com/xray/latest/devguide/xray-daemon.html).

#include <sys/socket.h>

#include <string_view>

#include "thimble/base/fd.h"
#include "thimble/base/result.h"
#include "thimble/http/address.h"

namespace thimble::emulator {

// Reads AWS_XRAY_DAEMON_ADDRESS, "host:port" or "udp:host:port tcp:host:port": where datagrams go.
// What it says of a bad value does not repeat it.
[[nodiscard]] Result<http::Address> parse_daemon_address(std::string_view text);

// Takes segment documents as datagrams. Nobody knows whether they arrive.
class SegmentSink {
 public:
  virtual ~SegmentSink() = default;
  virtual void send(std::string_view document) = 0;
};

// Sends without ever waiting; what cannot be sent is lost.
class XrayDaemon final : public SegmentSink {
 public:
  // Looks a name up, once, which may take its time.
  [[nodiscard]] static Result<XrayDaemon> open(const http::Address& address);

  void send(std::string_view document) override;

 private:
  XrayDaemon() = default;

  Fd socket_;
  sockaddr_storage address_{};
  socklen_t address_size_ = 0;
};

}  // namespace thimble::emulator
