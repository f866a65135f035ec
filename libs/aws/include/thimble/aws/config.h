#pragma once
// The AWS CLI's configuration: its variables, ~/.aws/config and ~/.aws/credentials.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/env.h>
#include <thimble/base/result.h>

namespace thimble::aws {

// What flags say, which beats all else; empty for what they do not.
struct ConfigOptions {
  std::string profile = {};
  std::string region = {};
};

// What is configured, of one profile by default. A value of the environment beats one of a file,
// and of the files ~/.aws/credentials beats ~/.aws/config.
class Config final {
 public:
  // Reads the files that $AWS_CONFIG_FILE and $AWS_SHARED_CREDENTIALS_FILE name, of which none need
  // exist. The profile is that of `options`, else $AWS_PROFILE, else $AWS_DEFAULT_PROFILE, else
  // "default". Fails if one was named and is not there. Keeps a copy of `env`.
  [[nodiscard]] static Result<Config> load(const Env& env, const ConfigOptions& options = {});

  [[nodiscard]] const Env& env() const { return env_; }
  [[nodiscard]] const std::string& profile() const { return profile_; }

  // Whether the profile was asked for by name rather than by a variable: the keys of the
  // environment do not count then.
  [[nodiscard]] bool is_profile_explicit() const { return is_profile_explicit_; }

  [[nodiscard]] bool has_profile(std::string_view profile) const;

  // A property of a profile; nothing too if it is empty. Lives as long as this.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view profile,
                                                     std::string_view property) const;
  // Of a section `[sso-session NAME]`.
  [[nodiscard]] std::optional<std::string_view> find_sso_session(std::string_view session,
                                                                 std::string_view property) const;

  // A variable, if it is set and not empty, else a property of the profile in use.
  [[nodiscard]] std::optional<std::string_view> setting(std::string_view variable,
                                                        std::string_view property) const;

  // Whether a setting is "true", as $AWS_USE_FIPS_ENDPOINT or use_fips_endpoint.
  [[nodiscard]] bool is_on(std::string_view variable, std::string_view property) const;

  // That of the options, $AWS_REGION, $AWS_DEFAULT_REGION, or the profile's; nothing if none of
  // them says one.
  [[nodiscard]] std::optional<std::string> region() const;

  // The URL to reach a service by in place of AWS's own, `service` being its name in variables
  // ("ECR"): $AWS_ENDPOINT_URL_ECR, $AWS_ENDPOINT_URL, then the profile's `services` and
  // `endpoint_url`, unless $AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is true.
  [[nodiscard]] std::optional<std::string> endpoint_url(std::string_view service) const;

  // All URLs that endpoint_url() may answer.
  [[nodiscard]] std::vector<std::string> endpoint_urls() const;

  // "~/.aws/" and `rest`, wherever the configuration files are.
  [[nodiscard]] std::string in_home(std::string_view rest) const;

 private:
  using Properties = std::map<std::string, std::string, std::less<>>;
  using Sections = std::map<std::string, Properties, std::less<>>;

  Env env_;
  std::string profile_;
  std::string region_;
  bool is_profile_explicit_ = false;
  Sections profiles_;
  Sections sso_sessions_;
  Sections services_;
};

}  // namespace thimble::aws
