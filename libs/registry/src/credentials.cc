#include "thimble/registry/credentials.h"

#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include <thimble/base/subprocess.h>
#include <thimble/json/reader.h>

#include "docker_config.h"
#include "printable.h"

namespace thimble::registry {
namespace {

using Found = Result<std::optional<Credentials>>;

std::filesystem::path docker_config_path(const Env& env) {
  if (const auto folder = env.value_or("DOCKER_CONFIG", ""); !folder.empty()) {
    return std::filesystem::path(folder) / "config.json";
  }
  const auto home = env.value_or("HOME", "");
  return home.empty() ? std::filesystem::path()
                      : std::filesystem::path(home) / ".docker" / "config.json";
}

std::vector<std::filesystem::path> other_paths(const Env& env) {
  std::vector<std::filesystem::path> all;
  if (const auto file = env.value_or("REGISTRY_AUTH_FILE", ""); !file.empty()) {
    all.emplace_back(file);
  }
  const std::filesystem::path inside = std::filesystem::path("containers") / "auth.json";
  if (const auto folder = env.value_or("XDG_RUNTIME_DIR", ""); !folder.empty()) {
    all.push_back(folder / inside);
  }
  if (const auto folder = env.value_or("XDG_CONFIG_HOME", ""); !folder.empty()) {
    all.push_back(folder / inside);
  } else if (const auto home = env.value_or("HOME", ""); !home.empty()) {
    all.push_back(std::filesystem::path(home) / ".config" / inside);
  }
  return all;
}

// The protocol of github.com/docker/docker-credential-helpers: the registry goes in, JSON comes
// out.
Found ask_helper(const std::string& helper, const std::string& registry, const Env& env) {
  const std::string program = "docker-credential-" + helper;
  if (helper.empty() || helper.find('/') != std::string::npos) {
    return fail(ErrorCode::kInvalid, "credential helper '" + helper + "' has no plain name");
  }
  auto finished = run({.argv = {program, "get"},
                       .environment = env.entries(),
                       .input = helper_key(registry),
                       .max_output = std::size_t{1} << 20,
                       .timeout = std::chrono::seconds(60)});
  if (!finished && finished.error().code == ErrorCode::kNotFound) {
    return fail(ErrorCode::kNotFound, "'" + program +
                                          "', which Docker's configuration names, is not in PATH: "
                                          "install it, or take it out of config.json");
  }
  if (!finished) return fail(std::move(finished.error()).during("run '" + program + "'"));
  if (finished->exit_code != 0) {
    const std::string said = finished->out + finished->err;
    if (said.find("credentials not found") != std::string::npos) return std::nullopt;
    return fail(ErrorCode::kPermission, "'" + program + "' failed for '" + registry + "': " +
                                            printable(said.empty() ? "it says nothing" : said));
  }
  Credentials found;
  std::string scratch;
  json::Reader in(finished->out, scratch);
  in.enter_object();
  while (const auto key = in.next_key()) {
    if (*key == "Username") found.username = in.read_string();
    if (*key == "Secret") found.password = in.read_string();
  }
  if (auto done = in.finish(); !done) {
    return fail(std::move(done.error()).during("read what '" + program + "' says"));
  }
  if (found.username == "<token>") {
    found.identity_token = std::exchange(found.password, {});
    found.username.clear();
  }
  return found;
}

Found find_in_file(const std::filesystem::path& path, const std::string& registry,
                   const std::string& repository, const Env& env) {
  if (path.empty()) return std::nullopt;
  auto config = DockerConfig::read(path);
  if (!config) return fail(std::move(config.error()));
  if (!*config) return std::nullopt;
  if (const auto helper = (*config)->helper_for(registry)) {
    auto found = ask_helper(*helper, registry, env);
    if (!found || *found) return found;
  }
  return (*config)->find(registry, repository);
}

}  // namespace

CredentialSource credentials_of(Env env, EcrSource ecr) {
  return [env = std::move(env), ecr = std::move(ecr)](const std::string& registry,
                                                      const std::string& repository) -> Found {
    std::vector<std::filesystem::path> paths = other_paths(env);
    paths.insert(paths.begin(), docker_config_path(env));
    for (const std::filesystem::path& path : paths) {
      auto found = find_in_file(path, registry, repository, env);
      if (!found || *found) return found;
    }
    const auto amazon = aws::EcrHost::parse(registry);
    if (!amazon || !ecr) return std::nullopt;
    auto found = ecr(*amazon);
    if (!found) return fail(std::move(found.error()));
    return std::optional(std::move(*found));
  };
}

}  // namespace thimble::registry
