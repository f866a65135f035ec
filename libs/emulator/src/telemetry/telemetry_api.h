#pragma once
// The requests of extensions that subscribe: PUT /2022-07-01/telemetry and PUT /2020-08-15/logs.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "thimble/http/exchange.h"

#include "extension_directory.h"
#include "subscription.h"
#include "telemetry_service.h"

namespace thimble::emulator {

// Ports that are no destinations, since the emulator has them itself.
using ReservedPorts = std::vector<std::uint16_t>;

// Answers them, in the words of Lambda and of the public emulator.
class TelemetryApi final {
 public:
  static constexpr std::size_t kMostBodyBytes = 64 * 1024;

  // References outlive it.
  TelemetryApi(const ExtensionDirectory& extensions, TelemetryService& service,
               const ReservedPorts& reserved_ports, bool is_managed = false)
      : extensions_(extensions),
        service_(service),
        reserved_ports_(reserved_ports),
        is_managed_(is_managed) {}

  // Which API a path belongs to, if any of them.
  [[nodiscard]] static std::optional<SubscriptionApi> find(std::string_view path);

  // Managed instances have no Logs API, and the newest schema only.
  [[nodiscard]] bool has(SubscriptionApi api) const {
    return !is_managed_ || api == SubscriptionApi::kTelemetry;
  }

  // Answers at once, whatever the method.
  void on_request(http::Exchange& exchange, SubscriptionApi api);

 private:
  const ExtensionDirectory& extensions_;
  TelemetryService& service_;
  const ReservedPorts& reserved_ports_;
  bool is_managed_;
};

}  // namespace thimble::emulator
