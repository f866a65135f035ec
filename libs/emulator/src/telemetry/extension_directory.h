#pragma once
// What the Telemetry and Logs APIs need to know of the extensions of their environment.

#include <optional>
#include <string_view>

namespace thimble::emulator {

// The registered extensions of one environment.
class ExtensionDirectory {
 public:
  virtual ~ExtensionDirectory() = default;

  // The name of the extension that was given `identifier` when it registered; nothing if none was.
  // Valid during the call it is asked in.
  [[nodiscard]] virtual std::optional<std::string_view> extension_name(
      std::string_view identifier) const = 0;

  // Whether extensions may still subscribe: from the environment's start until InitEnded.
  [[nodiscard]] virtual bool is_initializing() const = 0;
};

}  // namespace thimble::emulator
