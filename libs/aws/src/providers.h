#pragma once
// The places where credentials are found, one function each. Nothing means that a place is not
// configured; an error, that it is and does not work. No error shows a secret.

#include <optional>
#include <string>
#include <string_view>

#include <thimble/aws/config.h>
#include <thimble/aws/credentials.h>
#include <thimble/aws/world.h>
#include <thimble/base/result.h>

namespace thimble::aws {

using MaybeCredentials = Result<std::optional<Credentials>>;

// $AWS_ACCESS_KEY_ID and its companions.
[[nodiscard]] MaybeCredentials from_environment(const Config& config);

// aws_access_key_id and its companions.
[[nodiscard]] MaybeCredentials from_profile_keys(const Config& config, std::string_view profile);

// credential_process: a program that prints JSON.
[[nodiscard]] MaybeCredentials from_process(const Config& config, std::string_view profile);

// sso_account_id and its companions, with the token that `aws sso login` left.
[[nodiscard]] MaybeCredentials from_sso(const World& world, const Config& config,
                                        std::string_view profile);

// web_identity_token_file and, if `with_environment`, $AWS_WEB_IDENTITY_TOKEN_FILE: EKS, GitHub.
[[nodiscard]] MaybeCredentials from_web_identity(const World& world, const Config& config,
                                                 std::string_view profile, bool with_environment);

// $AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and _FULL_URI: ECS, EKS.
[[nodiscard]] MaybeCredentials from_container(const World& world, const Config& config);

// The instance metadata service of EC2, version 2; quickly nothing where there is none.
[[nodiscard]] MaybeCredentials from_instance(const World& world, const Config& config);

// Where from_instance() asks, without a slash at the end.
[[nodiscard]] std::string instance_metadata_endpoint(const Config& config);

// The names that the JSON of different places has for the same four things.
struct CredentialNames {
  std::string_view access_key_id;
  std::string_view secret_access_key;
  std::string_view session_token;
  std::string_view expiration;  // A time, or milliseconds since 1970.
};
inline constexpr CredentialNames kUsualNames = {"AccessKeyId", "SecretAccessKey", "Token",
                                                "Expiration"};

// Reads credentials out of the members of an object; an error says what is missing.
[[nodiscard]] Result<Credentials> read_credentials(std::string_view json,
                                                   const CredentialNames& names);

}  // namespace thimble::aws
