#pragma once
// Who one is to a registry, as Docker's and podman's files say.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <thimble/aws/ecr.h>
#include <thimble/base/env.h>
#include <thimble/base/result.h>

namespace thimble::registry {

// A name and a password, or a token that is changed for others (OAuth 2's refresh token).
struct Credentials {
  std::string username;
  std::string password;
  std::string identity_token;
};

// What is asked before the first request that needs it: the registry is "host" or "host:port",
// "docker.io" for Docker's. Nothing is an answer too: then requests are anonymous. It may be called
// by several threads, one after another.
using CredentialSource = std::function<Result<std::optional<Credentials>>(
    const std::string& registry, const std::string& repository)>;

// Asked for registries of Amazon ECR of which the files say nothing.
using EcrSource = std::function<Result<Credentials>(const aws::EcrHost&)>;

// Looks into these, in this order, each time it is asked:
//  1. $DOCKER_CONFIG/config.json or ~/.docker/config.json: credHelpers, credsStore, auths. Helpers
//  are
//     the programs docker-credential-NAME of PATH, run with `env`.
//  2. $REGISTRY_AUTH_FILE, $XDG_RUNTIME_DIR/containers/auth.json, $XDG_CONFIG_HOME (or ~/.config)
//     /containers/auth.json, in the same format, whose keys may name a part of the repository too
//  3. `ecr`, if there is one
// A file that is there and cannot be read, or a helper that is not, is an error naming it.
[[nodiscard]] CredentialSource credentials_of(Env env, EcrSource ecr = {});

}  // namespace thimble::registry
