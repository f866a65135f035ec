#include "thimble/aws/config.h"

#include <utility>

#include <thimble/base/file.h>

#include "ini.h"
#include "text.h"

namespace thimble::aws {
namespace {

constexpr std::size_t kMaxFile = std::size_t{4} << 20;

// The path with its leading "~" replaced.
std::string expand_home(std::string_view path, const Env& env) {
  if (path != "~" && !path.starts_with("~/")) return std::string(path);
  return std::string(env.value_or("HOME", "")) + std::string(path.substr(1));
}

// What a configuration file says; nothing is said by one that is not there.
Result<Ini> read_ini(const std::string& path) {
  const auto text = read_file(path, kMaxFile);
  if (!text) {
    if (text.error().code == ErrorCode::kNotFound) return Ini();
    return fail(text.error());
  }
  auto ini = parse_ini(*text);
  if (!ini) return fail(std::move(ini.error()).during("'" + path + "'"));
  return ini;
}

std::string path_of(const Env& env, std::string_view variable, std::string_view fallback) {
  return expand_home(env.value_or(variable, fallback), env);
}

}  // namespace

Result<Config> Config::load(const Env& env, const ConfigOptions& options) {
  Config config;
  config.env_ = env;
  config.is_profile_explicit_ = !options.profile.empty();
  config.region_ = options.region;
  const std::string_view by_variable =
      env.value_or("AWS_PROFILE", env.value_or("AWS_DEFAULT_PROFILE", ""));
  config.profile_ = !options.profile.empty() ? options.profile : by_variable;

  const std::string config_path = path_of(env, "AWS_CONFIG_FILE", "~/.aws/config");
  auto file = read_ini(config_path);
  if (!file) return fail(std::move(file.error()));
  for (auto& [name, properties] : *file) {
    if (name == "default") {
      config.profiles_[name].merge(properties);
    } else if (const auto found = named_section(name, "profile")) {
      config.profiles_[*found].merge(properties);
    } else if (const auto session = named_section(name, "sso-session")) {
      config.sso_sessions_[*session].merge(properties);
    } else if (const auto services = named_section(name, "services")) {
      config.services_[*services].merge(properties);
    }
  }
  auto credentials = read_ini(path_of(env, "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"));
  if (!credentials) return fail(std::move(credentials.error()));
  for (auto& [name, properties] : *credentials) {
    for (auto& [property, value] : properties) {
      config.profiles_[name].insert_or_assign(property, std::move(value));
    }
  }

  if (config.profile_.empty()) {
    config.profile_ = "default";
  } else if (!config.has_profile(config.profile_) && config.profile_ != "default") {
    return fail(ErrorCode::kNotFound, "the AWS profile '" + config.profile_ + "' is not in '" +
                                          config_path + "': `aws configure --profile " +
                                          config.profile_ + "` makes it");
  }
  return config;
}

bool Config::has_profile(std::string_view profile) const {
  return profiles_.find(profile) != profiles_.end();
}

std::optional<std::string_view> Config::find(std::string_view profile,
                                             std::string_view property) const {
  const auto section = profiles_.find(profile);
  if (section == profiles_.end()) return std::nullopt;
  const auto found = section->second.find(property);
  if (found == section->second.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

std::optional<std::string_view> Config::find_sso_session(std::string_view session,
                                                         std::string_view property) const {
  const auto section = sso_sessions_.find(session);
  if (section == sso_sessions_.end()) return std::nullopt;
  const auto found = section->second.find(property);
  if (found == section->second.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

std::optional<std::string_view> Config::setting(std::string_view variable,
                                                std::string_view property) const {
  const auto value = env_.find(variable);
  if (value && !value->empty()) return value;
  return find(profile_, property);
}

bool Config::is_on(std::string_view variable, std::string_view property) const {
  return lower(setting(variable, property).value_or("")) == "true";
}

std::optional<std::string> Config::region() const {
  if (!region_.empty()) return region_;
  const std::string_view region =
      env_.value_or("AWS_REGION", setting("AWS_DEFAULT_REGION", "region").value_or(""));
  if (region.empty()) return std::nullopt;
  return std::string(region);
}

std::optional<std::string> Config::endpoint_url(std::string_view service) const {
  if (is_on("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls")) {
    return std::nullopt;
  }
  for (const std::string& variable :
       {"AWS_ENDPOINT_URL_" + std::string(service), std::string("AWS_ENDPOINT_URL")}) {
    const std::string_view url = env_.value_or(variable, "");
    if (!url.empty()) return std::string(url);
  }
  const auto services = services_.find(find(profile_, "services").value_or(""));
  if (services != services_.end()) {
    const auto section = services->second.find(lower(service));
    if (section != services->second.end()) {
      const auto url = nested_property(section->second, "endpoint_url");
      if (url && !url->empty()) return url;
    }
  }
  const auto url = find(profile_, "endpoint_url");
  if (!url) return std::nullopt;
  return std::string(*url);
}

std::vector<std::string> Config::endpoint_urls() const {
  std::vector<std::string> urls;
  for (const std::string& entry : env_.entries()) {
    if (entry.starts_with("AWS_ENDPOINT_URL")) urls.push_back(entry.substr(entry.find('=') + 1));
  }
  const auto services = services_.find(find(profile_, "services").value_or(""));
  if (services != services_.end()) {
    for (const auto& [service, value] : services->second) {
      if (auto url = nested_property(value, "endpoint_url")) urls.push_back(std::move(*url));
    }
  }
  if (const auto url = find(profile_, "endpoint_url")) urls.emplace_back(*url);
  return urls;
}

std::string Config::in_home(std::string_view rest) const {
  return expand_home("~/.aws/", env_) + std::string(rest);
}

}  // namespace thimble::aws
