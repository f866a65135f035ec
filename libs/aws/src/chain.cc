#include "chain.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "providers.h"
#include "sts.h"

namespace thimble::aws {
namespace {

class Chain {
 public:
  Chain(const World& world, const Config& config) : world_(world), config_(config) {}

  Result<Credentials> find() {
    const bool with_environment = !config_.is_profile_explicit();
    if (with_environment) {
      auto keys = from_environment(config_);
      if (!keys || *keys) return found(std::move(keys));
    }
    auto keys = of_profile(config_.profile(), with_environment);
    if (keys && !*keys) keys = from_container(world_, config_);
    if (keys && !*keys) keys = from_instance(world_, config_);
    if (!keys || *keys) return found(std::move(keys));
    return fail(ErrorCode::kNotFound,
                "no AWS credentials: none in the environment, in profile '" + config_.profile() +
                    "' or of the machine; `aws configure` or `aws sso login` makes some");
  }

 private:
  static Result<Credentials> found(MaybeCredentials keys) {
    if (!keys) return fail(std::move(keys.error()));
    return **std::move(keys);
  }

  static std::string named(std::string_view profile) {
    return "profile '" + std::string(profile) + "'";
  }

  [[nodiscard]] bool has_role(std::string_view profile) const {
    return config_.find(profile, "role_arn") && !config_.find(profile, "web_identity_token_file");
  }

  [[nodiscard]] bool has_keys(std::string_view profile) const {
    return config_.find(profile, "aws_access_key_id") ||
           config_.find(profile, "aws_secret_access_key");
  }

  // All that a profile itself may say.
  MaybeCredentials of_profile(std::string_view profile, bool with_environment) {
    if (has_role(profile)) return of_role(profile);
    return without_role(profile, with_environment);
  }

  MaybeCredentials without_role(std::string_view profile, bool with_environment) {
    auto keys = from_web_identity(world_, config_, profile, with_environment);
    if (keys && !*keys) keys = from_sso(world_, config_, profile);
    if (keys && !*keys) keys = from_profile_keys(config_, profile);
    if (keys && !*keys) keys = from_process(config_, profile);
    if (keys && !*keys && config_.find(profile, "login_session")) {
      return fail(ErrorCode::kPermission,
                  named(profile) +
                      " is of `aws login`, which is not read here: `eval \"$(aws configure "
                      "export-credentials --profile " +
                      std::string(profile) + " --format env)\"` makes it usable");
    }
    return keys;
  }

  MaybeCredentials of_role(std::string_view profile) {
    visited_.emplace_back(profile);
    const auto property = [&](std::string_view name) {
      return std::string(config_.find(profile, name).value_or(""));
    };
    if (!property("mfa_serial").empty()) {
      return fail(ErrorCode::kPermission,
                  named(profile) +
                      " wants a code of a device ('mfa_serial'), which is not asked for here: "
                      "`eval \"$(aws configure export-credentials --profile " +
                      std::string(profile) + " --format env)\"` does");
    }
    auto source = source_of(profile);
    if (!source) return fail(std::move(source.error()));
    const Role role = {.arn = property("role_arn"),
                       .session_name = property("role_session_name"),
                       .external_id = property("external_id"),
                       .duration_seconds = property("duration_seconds")};
    auto keys = assume_role(world_, config_, role, *source);
    if (!keys) return fail(std::move(keys.error()).during(named(profile)));
    return *std::move(keys);
  }

  // Who asks for the role of a profile.
  Result<Credentials> source_of(std::string_view profile) {
    const auto source = config_.find(profile, "source_profile");
    const auto place = config_.find(profile, "credential_source");
    if (source.has_value() == place.has_value()) {
      return fail(ErrorCode::kInvalid,
                  named(profile) + " has a 'role_arn' and " +
                      (source ? "both 'source_profile' and" : "neither 'source_profile' nor") +
                      " 'credential_source'");
    }
    MaybeCredentials keys = place ? of_place(profile, *place) : of_source(profile, *source);
    if (keys && !*keys) {
      return fail(ErrorCode::kNotFound, named(profile) + ": no credentials in '" +
                                            std::string(source ? *source : *place) +
                                            "', which it takes them from");
    }
    return found(std::move(keys));
  }

  MaybeCredentials of_place(std::string_view profile, std::string_view place) {
    if (place == "Environment") return from_environment(config_);
    if (place == "EcsContainer") return from_container(world_, config_);
    if (place == "Ec2InstanceMetadata") return from_instance(world_, config_);
    return fail(ErrorCode::kInvalid,
                named(profile) + ": 'credential_source' is '" + std::string(place) +
                    "', not 'Environment', 'EcsContainer' or 'Ec2InstanceMetadata'");
  }

  MaybeCredentials of_source(std::string_view profile, std::string_view source) {
    if (!config_.has_profile(source)) {
      return fail(ErrorCode::kInvalid, named(profile) + ": its 'source_profile' '" +
                                           std::string(source) + "' does not exist");
    }
    // Keys beside a role are what the role is asked for with, also when it is its own source.
    if (has_keys(source) || !has_role(source)) return without_role(source, false);
    if (std::ranges::find(visited_, source) != visited_.end()) {
      std::string way;
      for (const std::string& step : visited_) way += "'" + step + "' -> ";
      return fail(ErrorCode::kInvalid,
                  "'source_profile' goes in a circle: " + way + "'" + std::string(source) + "'");
    }
    return of_role(source);
  }

  const World& world_;
  const Config& config_;
  std::vector<std::string> visited_;
};

}  // namespace

Result<Credentials> find_credentials(const World& world, const Config& config) {
  return Chain(world, config).find();
}

}  // namespace thimble::aws
