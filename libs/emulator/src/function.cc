#include "function.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <optional>
#include <string_view>

#include "thimble/base/parse_number.h"
#include "thimble/base/random_id.h"
#include "thimble/wire/metadata_api.h"
#include "thimble/wire/runtime_api.h"

#include "availability_zone.h"
#include "telemetry/xray_daemon.h"

namespace thimble::emulator {
namespace {

constexpr std::string_view kTaskRoot = "/var/task";
constexpr std::array<std::string_view, 3> kBootstraps = {"/var/task/bootstrap", "/opt/bootstrap",
                                                         "/var/runtime/bootstrap"};
// Lambda's own limit is 64 for each processor it gives.
constexpr std::size_t kMostConcurrency = 10000;
constexpr std::string_view kDefaultPath = "/usr/local/bin:/usr/bin:/bin";

bool is_directory(const std::string& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

bool is_file(const std::string& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 && !S_ISDIR(info.st_mode);
}

Result<void> check_executable(const std::string& path) {
  if (is_directory(path)) return fail(ErrorCode::kInvalid, "exec \"" + path + "\": is a directory");
  if (::access(path.c_str(), X_OK) != 0) return fail(system_error("exec \"" + path + "\""));
  return {};
}

// The file a shell would run for `name`.
Result<std::string> find_file(const std::string& name, const Env& env) {
  if (name.find('/') != std::string::npos) {
    if (auto ok = check_executable(name); !ok) return fail(std::move(ok.error()));
    return name;
  }
  std::string_view path = env.find("PATH").value_or(kDefaultPath);
  std::optional<Error> denied;
  while (!path.empty()) {
    const std::size_t colon = path.find(':');
    std::string file(path.substr(0, colon));
    if (file.empty()) file = ".";
    file.append("/").append(name);
    if (is_file(file)) {
      auto ok = check_executable(file);
      if (ok) return file;
      denied = std::move(ok.error());
    }
    path = colon == std::string_view::npos ? std::string_view() : path.substr(colon + 1);
  }
  if (denied) return fail(std::move(*denied));
  return fail(ErrorCode::kNotFound, "exec \"" + name + "\": executable file not found in $PATH");
}

Result<Command> find_command(const Options& options, const Env& env) {
  Command command;
  if (!options.command.empty()) {
    auto file = find_file(options.command.front(), env);
    if (!file) return fail(std::move(file.error()));
    command.file = std::move(*file);
    command.argv = options.command;
    command.is_given = true;
    std::array<char, PATH_MAX> here{};
    command.working_directory = ::getcwd(here.data(), here.size()) != nullptr ? here.data() : "/";
    return command;
  }
  for (const std::string_view candidate : kBootstraps) {
    const std::string file(candidate);
    if (!is_file(file)) continue;
    if (auto ok = check_executable(file); !ok) return fail(std::move(ok.error()));
    if (!is_directory(std::string(kTaskRoot))) {
      return fail(ErrorCode::kNotFound, "the working directory doesn't exist: /var/task");
    }
    command.file = file;
    command.argv = {file};
    command.working_directory = kTaskRoot;
    return command;
  }
  return fail(ErrorCode::kNotFound,
              "no command given, and none of /var/task/bootstrap, /opt/bootstrap and "
              "/var/runtime/bootstrap exists");
}

}  // namespace

Result<Function> load_function(const Options& options, const Env& env) {
  Function function;
  const std::string_view timeout = env.value_or("AWS_LAMBDA_FUNCTION_TIMEOUT", "300");
  const auto seconds = parse_number<unsigned>(timeout);
  if (!seconds) {
    return fail(ErrorCode::kInvalid,
                "AWS_LAMBDA_FUNCTION_TIMEOUT: '" + std::string(timeout) +
                    "' is not a whole number of seconds (for none give --no-timeout)");
  }
  function.is_attached = options.no_runtime;
  function.is_cold = options.cold;
  function.repeats_init = options.repeat_init;
  // Who attaches a debugger stops at breakpoints.
  const bool is_patient =
      options.no_runtime && env.value_or("AWS_LAMBDA_FUNCTION_TIMEOUT", "").empty();
  if (!options.no_timeout && !is_patient) function.timeout = Seconds(*seconds);

  function.name = env.value_or("AWS_LAMBDA_FUNCTION_NAME", "test_function");
  function.version = env.value_or("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST");
  function.memory_mb = env.value_or("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "3008");
  if (!parse_number<unsigned>(function.memory_mb)) {
    return fail(ErrorCode::kInvalid, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '" + function.memory_mb +
                                         "' is not a number of megabytes");
  }
  const std::string_view region =
      env.value_or("AWS_REGION", env.value_or("AWS_DEFAULT_REGION", "us-east-1"));
  function.account_id = env.value_or("AWS_ACCOUNT_ID", "012345678912");
  function.arn.append("arn:aws:lambda:").append(region).append(":").append(function.account_id);
  function.arn.append(":function:").append(function.name);

  function.availability_zone_id =
      options.availability_zone_id.empty() ? first_zone_id(region) : options.availability_zone_id;
  // A runtime that was started elsewhere can only know one that was given.
  function.metadata_token = env.value_or(wire::kMetadataTokenVariable, "");
  if (function.metadata_token.empty()) function.metadata_token = RandomIds().uuid();

  function.extensions_folder = options.extensions_dir;
  function.is_snap_start = options.init_caching;
  if (function.is_snap_start) function.credentials_token = RandomIds().uuid();

  const std::string_view concurrency = env.value_or("AWS_LAMBDA_MAX_CONCURRENCY", "");
  if (!concurrency.empty()) {
    function.max_concurrency = parse_number<unsigned>(concurrency).value_or(0);
    if (function.max_concurrency == 0 || function.max_concurrency > kMostConcurrency) {
      return fail(ErrorCode::kInvalid, "AWS_LAMBDA_MAX_CONCURRENCY: '" + std::string(concurrency) +
                                           "' is not a number in 1.." +
                                           std::to_string(kMostConcurrency));
    }
    const std::string_view flag = options.init_caching  ? "--enable-init-caching"
                                  : options.cold        ? "--cold"
                                  : options.repeat_init ? "--repeat-init"
                                                        : "";
    if (!flag.empty()) {
      return fail(ErrorCode::kInvalid,
                  std::string(flag) + ": not with a managed instance (AWS_LAMBDA_MAX_CONCURRENCY)");
    }
  }

  if (!function.is_attached) {
    auto command = find_command(options, env);
    if (!command) return fail(std::move(command.error()));
    function.command = std::move(*command);
    if (!is_directory(std::string(kTaskRoot)))
      function.task_root = function.command.working_directory;
  }
  const std::string_view last = function.command.is_given && function.command.argv.size() > 1
                                    ? std::string_view(function.command.argv.back())
                                    : std::string_view();
  function.handler = env.value_or("AWS_LAMBDA_FUNCTION_HANDLER", env.value_or("_HANDLER", last));
  return function;
}

Env runtime_env(const Env& own, const Function& function, const std::string& runtime_api) {
  Env env = own;
  env.set("AWS_LAMBDA_RUNTIME_API", runtime_api);
  if (function.is_snap_start) {
    // A snapshot may not hold credentials, so SDKs fetch them after the restore.
    env.set("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start");
    env.set("AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "http://" + runtime_api + std::string(wire::kCredentials));
    env.set("AWS_CONTAINER_AUTHORIZATION_TOKEN", function.credentials_token);
  }
  // Who gives an endpoint of their own gives its token too.
  if (own.value_or(wire::kMetadataApiVariable, "").empty()) {
    env.set(wire::kMetadataApiVariable, runtime_api);
    env.set(wire::kMetadataTokenVariable, function.metadata_token);
  }
  if (!function.handler.empty()) env.set("_HANDLER", function.handler);
  if (function.is_managed())
    env.set("AWS_LAMBDA_INITIALIZATION_TYPE", std::string(function.initialization_type()));

  env.set_if_absent("AWS_LAMBDA_FUNCTION_NAME", function.name);
  env.set_if_absent("AWS_LAMBDA_FUNCTION_VERSION", function.version);
  env.set_if_absent("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", function.memory_mb);
  env.set_if_absent("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/Functions");
  env.set_if_absent("AWS_LAMBDA_LOG_STREAM_NAME", "$LATEST");
  env.set_if_absent("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand");

  const std::string region(
      own.value_or("AWS_REGION", own.value_or("AWS_DEFAULT_REGION", "us-east-1")));
  env.set_if_absent("AWS_REGION", region);
  env.set_if_absent("AWS_DEFAULT_REGION", region);
  for (const char* credential :
       {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}) {
    env.set_if_absent(credential, "");
  }

  env.set_if_absent("AWS_EXECUTION_ENV", "AWS_Lambda_Image");
  env.set_if_absent("LAMBDA_TASK_ROOT", function.task_root);
  env.set_if_absent("LAMBDA_RUNTIME_DIR", "/var/runtime");
  env.set_if_absent("TZ", ":UTC");
  // Lambda's folders only: its /lib64 and /usr/lib64 in front would change what other systems'
  // programs load.
  env.set_if_absent("LD_LIBRARY_PATH",
                    "/var/lang/lib:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib");
  // Where a local X-Ray daemon listens; without one its datagrams go nowhere.
  env.set_if_absent("AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR");
  env.set_if_absent("AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:2000");
  const auto daemon = parse_daemon_address(env.value_or("AWS_XRAY_DAEMON_ADDRESS", ""));
  env.set_if_absent("_AWS_XRAY_DAEMON_ADDRESS", daemon ? daemon->host : "127.0.0.1");
  env.set_if_absent("_AWS_XRAY_DAEMON_PORT", daemon ? std::to_string(daemon->port) : "2000");
  return env;
}

}  // namespace thimble::emulator
