#pragma once
// The security token service, which trades one proof for another.

#include <string>

#include <thimble/aws/config.h>
#include <thimble/aws/credentials.h>
#include <thimble/aws/world.h>
#include <thimble/base/result.h>

namespace thimble::aws {

// What a role is asked for with; empty for what is not said.
struct Role {
  std::string arn;
  std::string session_name = {};  // Empty: one is made up.
  std::string external_id = {};
  std::string duration_seconds = {};
};

[[nodiscard]] Result<Credentials> assume_role(const World& world, const Config& config,
                                              const Role& role, const Credentials& caller);

[[nodiscard]] Result<Credentials> assume_role_with_web_identity(const World& world,
                                                                const Config& config,
                                                                const Role& role,
                                                                const std::string& token);

}  // namespace thimble::aws
