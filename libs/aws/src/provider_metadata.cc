// Credentials that the machine or the container gives to what runs on it, by plain HTTP.
#include <algorithm>
#include <array>
#include <utility>

#include <thimble/base/file.h>
#include <thimble/base/parse_number.h>
#include <thimble/fetch/url.h>
#include <thimble/json/query.h>

#include "providers.h"
#include "service_error.h"
#include "text.h"

namespace thimble::aws {
namespace {

constexpr std::string_view kContainerAddress = "http://169.254.170.2";
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
constexpr std::array<std::string_view, 3> kContainerHosts = {"169.254.170.2", "169.254.170.23",
                                                             "[fd00:ec2::23]"};
constexpr Milliseconds kContainerTimeout{2'000};
constexpr int kContainerAttempts = 3;
constexpr Milliseconds kContainerWait{1'000};

fetch::Request request_for(std::string_view method, std::string url, Milliseconds timeout) {
  fetch::Request request{.method = std::string(method), .url = std::move(url)};
  request.max_body = std::size_t{1} << 20;
  request.connect_timeout = timeout;
  request.timeout = timeout;
  return request;
}

// The address to ask, which must not be anybody's: whatever answers may learn the token.
Result<std::string> container_address(const Env& env) {
  const std::string_view relative = env.value_or("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "");
  if (!relative.empty()) {
    if (!relative.starts_with('/')) {
      return fail(ErrorCode::kInvalid,
                  "'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI' does not begin with '/'");
    }
    return std::string(kContainerAddress).append(relative);
  }
  const auto url = fetch::Url::parse(env.value_or("AWS_CONTAINER_CREDENTIALS_FULL_URI", ""));
  if (!url) return fail(ErrorCode::kInvalid, "'AWS_CONTAINER_CREDENTIALS_FULL_URI' is not a URL");
  if (!url->is_https() && !url->is_loopback() &&
      std::ranges::find(kContainerHosts, url->host) == kContainerHosts.end()) {
    return fail(ErrorCode::kPermission,
                "'AWS_CONTAINER_CREDENTIALS_FULL_URI' names '" + url->host +
                    "' and plain HTTP, which only 127.0.0.0/8, ::1, 169.254.170.2, "
                    "169.254.170.23 and fd00:ec2::23 may serve");
  }
  return url->text;
}

Result<std::string> container_token(const Env& env) {
  const std::string path(env.value_or("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", ""));
  std::string token(env.value_or("AWS_CONTAINER_AUTHORIZATION_TOKEN", ""));
  if (!path.empty()) {
    const auto text = read_file(path, std::size_t{64} << 10);
    if (!text) return fail(Error(text.error()).during("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"));
    token = trim(*text);
  }
  if (std::ranges::any_of(token, [](char c) { return c == '\r' || c == '\n' || c == '\0'; })) {
    return fail(ErrorCode::kInvalid, "the token of the container's credentials has line breaks");
  }
  return token;
}

// One request to the instance's metadata; nothing if there is nobody, or it is not 200.
std::optional<std::string> ask_instance(const World& world, const Config& config,
                                        std::string_view method, const std::string& path,
                                        fetch::Header header) {
  const auto number = [&](std::string_view variable, std::string_view property, int fallback) {
    const auto given = config.setting(variable, property);
    return std::clamp(parse_number<int>(given.value_or("")).value_or(fallback), 1, 60);
  };
  const int seconds = number("AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout", 1);
  const int attempts =
      number("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts", 1);
  auto request = request_for(method, instance_metadata_endpoint(config) + path, Seconds(seconds));
  request.headers.push_back(std::move(header));
  for (int attempt = 0; attempt < attempts; ++attempt) {
    auto response = world.send(request);
    if (response && response->status == 200) return std::move(response->body);
    if (response && response->status < 500) return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

MaybeCredentials from_container(const World& world, const Config& config) {
  const Env& env = config.env();
  if (env.value_or("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "").empty() &&
      env.value_or("AWS_CONTAINER_CREDENTIALS_FULL_URI", "").empty()) {
    return std::nullopt;
  }
  const std::string what = "credentials of the container";
  auto address = container_address(env);
  if (!address) return fail(std::move(address.error()).during(what));
  auto token = container_token(env);
  if (!token) return fail(std::move(token.error()).during(what));
  auto request = request_for("GET", *address, kContainerTimeout);
  request.headers.push_back({"Accept", "application/json"});
  if (!token->empty()) request.headers.push_back({"Authorization", *token});
  for (int attempt = 1;; ++attempt) {
    auto response = world.send(request);
    if (response && response->status == 200) {
      auto keys = read_credentials(response->body, kUsualNames);
      if (!keys) return fail(std::move(keys.error()).during(what));
      keys->source = "the container";
      return *std::move(keys);
    }
    const bool refused = response && response->status < 500;
    if (attempt == kContainerAttempts || refused) {
      if (!response) return fail(std::move(response.error()).during(what));
      return fail(ErrorCode::kPermission, what + ": status " + std::to_string(response->status));
    }
    world.sleep(kContainerWait);
  }
}

std::string instance_metadata_endpoint(const Config& config) {
  std::string endpoint(
      config.setting("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint")
          .value_or(""));
  const auto mode = config.setting("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
                                   "ec2_metadata_service_endpoint_mode");
  if (endpoint.empty()) {
    endpoint =
        lower(mode.value_or("")) == "ipv6" ? "http://[fd00:ec2::254]" : "http://169.254.169.254";
  }
  while (endpoint.ends_with('/')) endpoint.pop_back();
  return endpoint;
}

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-v2-how-it-works.html
MaybeCredentials from_instance(const World& world, const Config& config) {
  if (lower(config.env().value_or("AWS_EC2_METADATA_DISABLED", "")) == "true") return std::nullopt;
  const std::string roles = "/latest/meta-data/iam/security-credentials/";
  auto token = ask_instance(world, config, "PUT", "/latest/api/token",
                            {"X-aws-ec2-metadata-token-ttl-seconds", "21600"});
  if (!token) return std::nullopt;
  const fetch::Header proof = {"X-aws-ec2-metadata-token", std::string(trim(*token))};
  const auto answer = ask_instance(world, config, "GET", roles, proof);
  if (!answer) return std::nullopt;
  const std::string_view role = trim(std::string_view(*answer).substr(0, answer->find('\n')));
  if (role.empty()) return std::nullopt;
  const auto text = ask_instance(world, config, "GET", roles + fetch::percent_encode(role), proof);
  if (!text) return std::nullopt;
  const std::string what = "credentials of the EC2 instance";
  if (const auto code = json::find_string(*text, "Code"); code && *code && **code != "Success") {
    return fail(ErrorCode::kPermission, what + ": " + printable(**code));
  }
  auto keys = read_credentials(*text, kUsualNames);
  if (!keys) return fail(std::move(keys.error()).during(what));
  keys->source = "the EC2 instance";
  return *std::move(keys);
}

}  // namespace thimble::aws
