#include "sts.h"

#include <chrono>
#include <utility>
#include <vector>

#include <thimble/aws/call.h>
#include <thimble/aws/xml.h>

#include "perform.h"
#include "timestamp.h"

namespace thimble::aws {
namespace {

constexpr std::string_view kVersion = "2011-06-15";

using Parameters = std::vector<std::pair<std::string, std::string>>;

Parameters parameters_of(const Role& role, const World& world) {
  const auto now = std::chrono::duration_cast<Seconds>(world.clock.wall().time_since_epoch());
  Parameters parameters = {{"RoleArn", role.arn}};
  parameters.emplace_back("RoleSessionName", role.session_name.empty()
                                                 ? "thimble-" + std::to_string(now.count())
                                                 : role.session_name);
  if (!role.external_id.empty()) parameters.emplace_back("ExternalId", role.external_id);
  if (!role.duration_seconds.empty()) {
    parameters.emplace_back("DurationSeconds", role.duration_seconds);
  }
  return parameters;
}

Result<Credentials> ask(const World& world, const Config& config, const Call& call,
                        const Credentials* caller, const Role& role) {
  const std::string what = "role '" + role.arn + "'";
  const std::string region = config.region().value_or("us-east-1");
  auto answer = perform(world, config, call, caller, region);
  if (!answer) return fail(std::move(answer.error()).during(what));
  if (answer->error) return fail(to_error(call, *answer->error).during(what));
  Credentials keys;
  keys.access_key_id = xml_text(answer->body, {"Credentials", "AccessKeyId"}).value_or("");
  keys.secret_access_key = xml_text(answer->body, {"Credentials", "SecretAccessKey"}).value_or("");
  keys.session_token = xml_text(answer->body, {"Credentials", "SessionToken"}).value_or("");
  keys.expires = parse_time(xml_text(answer->body, {"Credentials", "Expiration"}).value_or(""));
  if (keys.access_key_id.empty() || keys.secret_access_key.empty() || keys.session_token.empty()) {
    return fail(ErrorCode::kInvalid, what + ": the answer of STS has no credentials");
  }
  keys.source = what;
  return keys;
}

}  // namespace

Result<Credentials> assume_role(const World& world, const Config& config, const Role& role,
                                const Credentials& caller) {
  const Call call = query_call("sts", kVersion, "AssumeRole", parameters_of(role, world));
  return ask(world, config, call, &caller, role);
}

Result<Credentials> assume_role_with_web_identity(const World& world, const Config& config,
                                                  const Role& role, const std::string& token) {
  Parameters parameters = parameters_of(role, world);
  parameters.emplace_back("WebIdentityToken", token);
  Call call = query_call("sts", kVersion, "AssumeRoleWithWebIdentity", parameters);
  call.is_anonymous = true;
  return ask(world, config, call, nullptr, role);
}

}  // namespace thimble::aws
