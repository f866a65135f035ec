#pragma once
// Registries, as this machine's user may use them.

#include <memory>

#include <thimble/base/result.h>
#include <thimble/registry/client.h>

#include "context.h"

namespace thimble::cli {

// A registry client with the user's credentials: those of Docker's and podman's files and, for
// Amazon's registries, those of AWS.
class RegistryAccess final {
 public:
  [[nodiscard]] static Result<RegistryAccess> open(const Context& context);
  RegistryAccess(RegistryAccess&&) noexcept;
  ~RegistryAccess();

  [[nodiscard]] registry::Client& registry();

 private:
  struct Parts;
  explicit RegistryAccess(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace thimble::cli
