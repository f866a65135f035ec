#include "docker_config.h"

#include <algorithm>
#include <vector>

#include <thimble/base/base64.h>
#include <thimble/base/file.h>
#include <thimble/json/reader.h>

namespace thimble::registry {
namespace {

constexpr std::size_t kMaxFile = std::size_t{1} << 20;
constexpr std::string_view kDockerHub = "docker.io";
constexpr std::string_view kDockerHubKey = "https://index.docker.io/v1/";

// "user:password" in base64; some tools leave NULs at the end.
Result<Credentials> decode_auth(std::string_view text) {
  auto bytes = base64_decode(text);
  if (!bytes) return fail(std::move(bytes.error()));
  while (bytes->ends_with('\0')) bytes->pop_back();
  const std::size_t colon = bytes->find(':');
  if (colon == std::string::npos) return fail(ErrorCode::kInvalid, "there is no ':' in it");
  return Credentials{bytes->substr(0, colon), bytes->substr(colon + 1), {}};
}

Credentials read_auth(json::Reader& in, const std::string& key, std::string& problem) {
  Credentials found;
  std::string auth;
  in.enter_object();
  while (const auto name = in.next_key()) {
    if (*name == "auth" && !in.read_null())
      auth = in.read_string();
    else if (*name == "username" && !in.read_null())
      found.username = in.read_string();
    else if (*name == "password" && !in.read_null())
      found.password = in.read_string();
    else if (*name == "identitytoken" && !in.read_null())
      found.identity_token = in.read_string();
  }
  if (auth.empty()) return found;
  if (auto decoded = decode_auth(auth)) {
    decoded->identity_token = std::move(found.identity_token);
    return std::move(*decoded);
  } else if (problem.empty()) {
    problem = "\"auth\" of '" + key +
              "' is not a name and a password in base64: " + decoded.error().message;
  }
  return found;
}

// A key without its scheme and what old versions of Docker put behind: "https://host/v1/" is
// "host".
std::string_view bare(std::string_view key) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!key.starts_with(scheme)) continue;
    key.remove_prefix(scheme.size());
    return key.substr(0, key.find('/'));
  }
  while (key.ends_with('/')) key.remove_suffix(1);
  return key;
}

// The host of a key with such a path and no scheme, "host/v1/"; empty for any other. It may be
// meant as a folder, too.
std::string_view host_of_old(std::string_view key) {
  key = bare(key);
  if (!key.ends_with("/v1") && !key.ends_with("/v2")) return {};
  key.remove_suffix(3);
  return key.contains('/') ? std::string_view() : key;
}

bool is_usable(const Credentials& found) {
  return !found.username.empty() || !found.identity_token.empty();
}

}  // namespace

std::string helper_key(const std::string& registry) {
  return registry == kDockerHub ? std::string(kDockerHubKey) : registry;
}

Result<DockerConfig> DockerConfig::parse(std::string_view text) {
  DockerConfig config;
  // As Docker and podman take it.
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return config;
  std::string scratch;
  std::string problem;
  json::Reader in(text, scratch);
  in.enter_object();
  while (const auto key = in.next_key()) {
    if (*key == "auths" && !in.read_null()) {
      in.enter_object();
      while (const auto registry = in.next_key()) {
        const std::string name(*registry);
        config.auths[name] = read_auth(in, name, problem);
      }
    } else if (*key == "credHelpers" && !in.read_null()) {
      in.enter_object();
      while (const auto registry = in.next_key()) {
        const std::string name(*registry);
        config.credential_helpers[name] = in.read_string();
      }
    } else if (*key == "credsStore" && !in.read_null()) {
      config.credential_store = in.read_string();
    }
  }
  if (auto done = in.finish(); !done) return fail(std::move(done.error()));
  if (!problem.empty()) return fail(ErrorCode::kInvalid, std::move(problem));
  return config;
}

Result<std::optional<DockerConfig>> DockerConfig::read(const std::filesystem::path& path) {
  auto text = read_file(path, kMaxFile);
  if (!text && text.error().code == ErrorCode::kNotFound) return std::nullopt;
  if (!text) return fail(std::move(text.error()));
  auto config = parse(*text);
  if (!config) return fail(std::move(config.error()).during("read '" + path.string() + "'"));
  return std::optional(std::move(*config));
}

std::optional<Credentials> DockerConfig::find(const std::string& registry,
                                              const std::string& repository) const {
  for (std::string wanted = registry + "/" + repository;;) {
    for (const auto& [key, found] : auths) {
      if (bare(key) == wanted && is_usable(found)) return found;
    }
    const std::size_t slash = wanted.rfind('/');
    if (slash == std::string::npos) break;
    wanted.resize(slash);
  }
  std::vector<std::string_view> names{registry};
  if (registry == kDockerHub)
    names.insert(names.end(), {"index.docker.io", "registry-1.docker.io"});
  for (const std::string_view name : names) {
    for (const auto& [key, found] : auths) {
      if ((bare(key) == name || host_of_old(key) == name) && is_usable(found)) return found;
    }
  }
  return std::nullopt;
}

std::optional<std::string> DockerConfig::helper_for(const std::string& registry) const {
  for (const auto& [key, helper] : credential_helpers) {
    if (bare(key) == registry || key == helper_key(registry)) return helper;
  }
  if (credential_store.empty()) return std::nullopt;
  return credential_store;
}

}  // namespace thimble::registry
