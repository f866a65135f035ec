#pragma once
// One file in the format of ~/.docker/config.json.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <thimble/base/result.h>
#include <thimble/registry/credentials.h>

namespace thimble::registry {

struct DockerConfig {
  std::map<std::string, Credentials> auths;               // By the file's own keys.
  std::map<std::string, std::string> credential_helpers;  // By registry.
  std::string credential_store;

  [[nodiscard]] static Result<DockerConfig> parse(std::string_view text);

  // Nothing if there is no such file.
  [[nodiscard]] static Result<std::optional<DockerConfig>> read(const std::filesystem::path& path);

  // What "auths" says of the repository, of a folder above it, or of the registry, in this order.
  [[nodiscard]] std::optional<Credentials> find(const std::string& registry,
                                                const std::string& repository) const;

  // The helper for that registry: its own, else the store; nothing for none.
  [[nodiscard]] std::optional<std::string> helper_for(const std::string& registry) const;
};

// The name Docker's tools use for a registry when they ask a helper.
[[nodiscard]] std::string helper_key(const std::string& registry);

}  // namespace thimble::registry
