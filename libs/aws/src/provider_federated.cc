// Credentials for who has proven elsewhere who he is: single sign-on, tokens of an identity
// provider.
#include <utility>

#include <thimble/aws/call.h>
#include <thimble/base/file.h>
#include <thimble/fetch/url.h>
#include <thimble/hash/sha1.h>
#include <thimble/json/query.h>

#include "perform.h"
#include "providers.h"
#include "sts.h"
#include "text.h"
#include "timestamp.h"

namespace thimble::aws {
namespace {

constexpr std::size_t kMaxTokenFile = std::size_t{1} << 20;

// What a profile says about single sign-on, completed by its [sso-session].
struct SsoProfile {
  std::string account;
  std::string role;
  std::string region;
  std::string cache_key;  // What the name of the token's file is made of.
};

Result<SsoProfile> read_sso_profile(const Config& config, std::string_view profile) {
  const auto session = config.find(profile, "sso_session");
  const auto find = [&](std::string_view property) {
    const auto of_session = session ? config.find_sso_session(*session, property) : std::nullopt;
    return of_session ? of_session : config.find(profile, property);
  };
  for (const std::string_view property :
       {"sso_account_id", "sso_role_name", "sso_region", "sso_start_url"}) {
    if (!find(property)) {
      return fail(ErrorCode::kInvalid,
                  "it has no '" + std::string(property) + "': `aws configure sso` sets it");
    }
  }
  return SsoProfile{.account = std::string(*find("sso_account_id")),
                    .role = std::string(*find("sso_role_name")),
                    .region = std::string(*find("sso_region")),
                    .cache_key = std::string(session ? *session : *find("sso_start_url"))};
}

// The token of the last login, while it is good.
Result<std::string> read_sso_token(const World& world, const Config& config,
                                   std::string_view cache_key, const std::string& hint) {
  const auto text =
      read_file(config.in_home("sso/cache/" + hash::sha1_hex(cache_key) + ".json"), kMaxTokenFile);
  if (!text) {
    if (text.error().code != ErrorCode::kNotFound) return fail(text.error());
    return fail(ErrorCode::kPermission, "nobody has logged in: " + hint);
  }
  const auto token = json::find_string(*text, "accessToken");
  const auto expires = json::find_string(*text, "expiresAt");
  const auto time = expires && *expires ? parse_time(**expires) : std::nullopt;
  if (!token || !*token || !time) {
    return fail(ErrorCode::kInvalid, "the login left no token that can be read: " + hint);
  }
  if (world.clock.wall() >= *time) {
    return fail(ErrorCode::kPermission, "the login has expired: " + hint);
  }
  return **token;
}

}  // namespace

MaybeCredentials from_sso(const World& world, const Config& config, std::string_view profile) {
  if (!config.find(profile, "sso_account_id") && !config.find(profile, "sso_role_name")) {
    return std::nullopt;
  }
  const std::string what = "single sign-on of profile '" + std::string(profile) + "'";
  const std::string hint = "`aws sso login --profile " + std::string(profile) + "`";
  auto sso = read_sso_profile(config, profile);
  if (!sso) return fail(std::move(sso.error()).during(what));
  auto token = read_sso_token(world, config, sso->cache_key, hint);
  if (!token) return fail(std::move(token.error()).during(what));

  Call call = rest_call("sso", "GetRoleCredentials", "GET", "/federation/credentials");
  call.query = "role_name=" + fetch::percent_encode(sso->role) +
               "&account_id=" + fetch::percent_encode(sso->account);
  call.headers = {{"x-amz-sso_bearer_token", *token}};
  call.is_anonymous = true;
  auto answer = perform(world, config, call, nullptr, sso->region);
  if (!answer) return fail(std::move(answer.error()).during(what));
  if (answer->status == 401) {
    return fail(ErrorCode::kPermission, what + ": the login has expired: " + hint);
  }
  if (answer->error) return fail(to_error(call, *answer->error).during(what));
  const auto inner = json::find_member(answer->body, "roleCredentials");
  auto keys = read_credentials(inner ? inner->value_or("null") : "null",
                               {"accessKeyId", "secretAccessKey", "sessionToken", "expiration"});
  if (!keys) return fail(std::move(keys.error()).during(what));
  keys->source = what;
  return *std::move(keys);
}

MaybeCredentials from_web_identity(const World& world, const Config& config,
                                   std::string_view profile, bool with_environment) {
  const auto find = [&](std::string_view variable, std::string_view property) {
    const std::string_view value =
        with_environment ? config.env().value_or(variable, "") : std::string_view();
    return std::string(value.empty() ? config.find(profile, property).value_or("") : value);
  };
  const std::string path = find("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file");
  if (path.empty()) return std::nullopt;
  const std::string what = "web identity";
  const Role role = {.arn = find("AWS_ROLE_ARN", "role_arn"),
                     .session_name = find("AWS_ROLE_SESSION_NAME", "role_session_name")};
  if (role.arn.empty()) {
    return fail(ErrorCode::kInvalid,
                what + ": a token file but no role; set AWS_ROLE_ARN or 'role_arn'");
  }
  const auto token = read_file(path, kMaxTokenFile);
  if (!token) return fail(Error(token.error()).during(what));
  auto keys = assume_role_with_web_identity(world, config, role, std::string(trim(*token)));
  if (!keys) return fail(std::move(keys.error()).during(what));
  return *std::move(keys);
}

}  // namespace thimble::aws
