#pragma once
// The registries as the verbs reach them: flags, credentials, AWS.

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <thimble/base/result.h>
#include <thimble/registry/client.h>

#include "context.h"

namespace thimble::cli {

struct RegistryFlags {
  std::string ca_file;
  std::vector<std::string> plain_http;
  int idle_seconds = 60;
  int attempts = 5;
  bool quiet = false;
};

// How a registry is spoken to, for verbs that may be given a name in one. `flags` outlives the
// verb.
void add_connection_flags(CLI::App& verb, RegistryFlags& flags);

// These and all others, for verbs that are about registries.
void add_registry_flags(CLI::App& verb, RegistryFlags& flags);

// A client and all that it needs. Credentials are Docker's and podman's; for Amazon ECR, of which
// those mostly know nothing, AWS's own.
class RegistryAccess final {
 public:
  // `context` outlives it.
  [[nodiscard]] static Result<RegistryAccess> open(const Context& context,
                                                   const RegistryFlags& flags);
  RegistryAccess(RegistryAccess&&) noexcept;
  RegistryAccess& operator=(RegistryAccess&&) noexcept;
  ~RegistryAccess();

  [[nodiscard]] registry::Client& client();

 private:
  struct State;
  explicit RegistryAccess(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace thimble::cli
