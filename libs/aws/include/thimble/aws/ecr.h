#pragma once
// Amazon's container registry: its host names, its passwords, its repositories.

#include <optional>
#include <string>
#include <string_view>

#include <thimble/aws/session.h>
#include <thimble/base/clock.h>
#include <thimble/base/result.h>

namespace thimble::aws {

// A private registry, as "123456789012.dkr.ecr.eu-west-1.amazonaws.com".
struct EcrHost {
  std::string account;  // 12 digits.
  std::string region;
  bool is_fips = false;

  // Nothing for a host that is none of ECR's, such as one with a port. Knows "dkr.ecr-fips", the
  // suffixes of all partitions, and the names for dual stack ("...dkr-ecr.eu-west-1.on.aws").
  [[nodiscard]] static std::optional<EcrHost> parse(std::string_view host);
};

// What a registry takes as HTTP basic credentials, for twelve hours.
struct EcrLogin {
  std::string user;
  std::string password;  // Never printed.
  std::optional<WallTime> expires = {};
};

// Asks for the login of a registry, in its own region.
[[nodiscard]] Result<EcrLogin> ecr_login(Session& session, const EcrHost& host);

// Makes the repository unless there is one. True if it is new.
[[nodiscard]] Result<bool> create_repository(Session& session, const EcrHost& host,
                                             std::string_view name);

}  // namespace thimble::aws
