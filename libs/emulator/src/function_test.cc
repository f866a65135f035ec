#include "function.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "container.h"

namespace thimble::emulator {
namespace {

namespace fs = std::filesystem;

Env with(std::initializer_list<std::pair<const char*, const char*>> pairs) {
  Env env;
  for (const auto& [name, value] : pairs) env.set(name, value);
  return env;
}

Result<Function> load(std::vector<std::string> command, const Env& env = {}) {
  Options options;
  options.command = std::move(command);
  return load_function(options, env);
}

// A folder of its own, removed at the end.
class FunctionFiles : public testing::Test {
 protected:
  FunctionFiles() {
    std::string pattern = fs::temp_directory_path() / "thimble-test-XXXXXX";
    if (::mkdtemp(pattern.data()) != nullptr) folder_ = pattern;
  }
  ~FunctionFiles() override { fs::remove_all(folder_); }

  std::string file(std::string_view name, int mode) const {
    const fs::path path = folder_ / name;
    fs::create_directories(path.parent_path());
    ::close(::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    ::chmod(path.c_str(), static_cast<mode_t>(mode));
    return path;
  }

  fs::path folder_;
};

TEST(Function, HasTheDefaultsOfThePublicEmulator) {
  const Function function = load({"/bin/sh"}).value();
  EXPECT_EQ(function.name, "test_function");
  EXPECT_EQ(function.version, "$LATEST");
  EXPECT_EQ(function.arn, "arn:aws:lambda:us-east-1:012345678912:function:test_function");
  EXPECT_EQ(function.memory_mb, "3008");
  EXPECT_EQ(function.timeout, Seconds(300));
  EXPECT_EQ(function.handler, "");
}

TEST(Function, TakesItsConfigurationFromTheEnvironment) {
  const Function function = load({"/bin/sh"}, with({{"AWS_LAMBDA_FUNCTION_NAME", "hello"},
                                                    {"AWS_LAMBDA_FUNCTION_VERSION", "7"},
                                                    {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"},
                                                    {"AWS_LAMBDA_FUNCTION_TIMEOUT", "9"},
                                                    {"AWS_REGION", "eu-west-1"},
                                                    {"AWS_DEFAULT_REGION", "never"},
                                                    {"AWS_ACCOUNT_ID", "123"}}))
                                .value();
  EXPECT_EQ(function.name, "hello");
  EXPECT_EQ(function.version, "7");
  EXPECT_EQ(function.arn, "arn:aws:lambda:eu-west-1:123:function:hello");
  EXPECT_EQ(function.memory_mb, "128");
  EXPECT_EQ(function.timeout, Seconds(9));
  EXPECT_NE(load({"/bin/sh"}, with({{"AWS_DEFAULT_REGION", "eu-north-1"}}))
                .value()
                .arn.find(":eu-north-1:"),
            std::string::npos);
}

TEST(Function, IsInTheFirstZoneOfItsRegionUnlessToldOtherwise) {
  const Env env = with({{"AWS_REGION", "eu-west-1"}});
  EXPECT_EQ(load({"/bin/sh"}, env).value().availability_zone_id, "euw1-az1");
  Options options;
  options.command = {"/bin/sh"};
  options.availability_zone_id = "euw1-az3";
  EXPECT_EQ(load_function(options, env).value().availability_zone_id, "euw1-az3");
}

TEST(Function, HasAMetadataTokenNobodyCanGuessUnlessItWasGivenOne) {
  const std::string token = load({"/bin/sh"}).value().metadata_token;
  EXPECT_EQ(token.size(), 36U);
  EXPECT_NE(load({"/bin/sh"}).value().metadata_token, token);
  EXPECT_EQ(load({"/bin/sh"}, with({{"AWS_LAMBDA_METADATA_TOKEN", "mine"}})).value().metadata_token,
            "mine");
}

TEST(Function, NeedsNoCommandAndHasNoTimeoutIfItIsAttached) {
  Options options;
  options.no_runtime = true;
  const Function function = load_function(options, {}).value();
  EXPECT_TRUE(function.is_attached);
  EXPECT_EQ(function.timeout, std::nullopt);
  EXPECT_EQ(function.command.file, "");
  options.command = {"/no/such/file", "app.handler"};
  EXPECT_TRUE(load_function(options, {}).has_value());

  const Env patient = with({{"AWS_LAMBDA_FUNCTION_TIMEOUT", "9"}});
  EXPECT_EQ(load_function(options, patient).value().timeout, Seconds(9));
  options.no_timeout = true;
  EXPECT_EQ(load_function(options, patient).value().timeout, std::nullopt);
  EXPECT_FALSE(load_function(options, with({{"AWS_LAMBDA_FUNCTION_TIMEOUT", "x"}})).has_value());
}

TEST(Function, KnowsHowItsEnvironmentsStart) {
  Options options;
  options.command = {"/bin/sh"};
  EXPECT_FALSE(load_function(options, {}).value().is_cold);
  EXPECT_FALSE(load_function(options, {}).value().repeats_init);
  options.cold = true;
  EXPECT_TRUE(load_function(options, {}).value().is_cold);
  options.repeat_init = true;
  EXPECT_TRUE(load_function(options, {}).value().repeats_init);
}

TEST(Function, NamesTheVariableOfABadValue) {
  for (const char* value : {"-1", "1.5", "5s", "ten", "99999999999"}) {
    const auto function = load({"/bin/sh"}, with({{"AWS_LAMBDA_FUNCTION_TIMEOUT", value}}));
    ASSERT_FALSE(function) << value;
    EXPECT_EQ(function.error().code, ErrorCode::kInvalid);
    EXPECT_TRUE(function.error().message.starts_with("AWS_LAMBDA_FUNCTION_TIMEOUT: '" +
                                                     std::string(value) + "'"))
        << function.error().message;
  }
  const auto function = load({"/bin/sh"}, with({{"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1GB"}}));
  ASSERT_FALSE(function);
  EXPECT_EQ(function.error().message,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1GB' is not a number of megabytes");
}

TEST(Function, HasNoTimeoutIfToldSo) {
  Options options;
  options.command = {"/bin/sh"};
  options.no_timeout = true;
  const auto function = load_function(options, with({{"AWS_LAMBDA_FUNCTION_TIMEOUT", "9"}}));
  EXPECT_TRUE(function.value().timeout == decltype(function->timeout){});
}

struct HandlerRule {
  std::vector<std::string> command;
  const char* function_handler;
  const char* handler;
  const char* expected;
};

TEST(Function, TakesItsHandlerFromVariablesBeforeTheCommand) {
  for (const HandlerRule& rule : {
           HandlerRule{{"/bin/sh"}, "", "", ""},
           HandlerRule{{"/bin/sh", "app.handler"}, "", "", "app.handler"},
           HandlerRule{{"/bin/sh", "-x", "app.handler"}, "", "", "app.handler"},
           HandlerRule{{"/bin/sh", "app.handler"}, "", "of.runtime", "of.runtime"},
           HandlerRule{{"/bin/sh", "app.handler"}, "of.function", "", "of.function"},
           HandlerRule{{"/bin/sh", "app.handler"}, "of.function", "of.runtime", "of.function"},
           HandlerRule{{"/bin/sh"}, "", "of.runtime", "of.runtime"},
       }) {
    const Env env =
        with({{"AWS_LAMBDA_FUNCTION_HANDLER", rule.function_handler}, {"_HANDLER", rule.handler}});
    EXPECT_EQ(load(rule.command, env).value().handler, rule.expected);
  }
}

TEST(Function, StartsItsCommandAsItWasWrittenWhereItWasStarted) {
  const Command command = load({"/bin/sh", "a", ""}).value().command;
  EXPECT_EQ(command.file, "/bin/sh");
  EXPECT_EQ(command.argv, (std::vector<std::string>{"/bin/sh", "a", ""}));
  EXPECT_EQ(command.working_directory, fs::current_path().string());
  EXPECT_TRUE(command.is_given);
}

TEST_F(FunctionFiles, FindsItsFileInPath) {
  file("first/other", 0755);
  file("first/denied", 0644);
  const std::string expected = file("second/run me", 0755);
  file("third/run me", 0755);
  fs::create_directories(folder_ / "first/run me");
  const std::string joined = (folder_ / "none").string() + ":" + (folder_ / "first").string() +
                             ":" + (folder_ / "second").string() + ":" +
                             (folder_ / "third").string();
  const Command command = load({"run me", "x"}, with({{"PATH", joined.c_str()}})).value().command;
  EXPECT_EQ(command.file, expected) << "a folder of that name is passed over";
  EXPECT_EQ(command.argv.front(), "run me") << "as the user wrote it";
}

TEST_F(FunctionFiles, PassesOverAFileThatMayNotRunForOneThatMay) {
  file("first/tool", 0644);
  const std::string expected = file("second/tool", 0755);
  const std::string path = (folder_ / "first").string() + ":" + (folder_ / "second").string();
  EXPECT_EQ(load({"tool"}, with({{"PATH", path.c_str()}})).value().command.file, expected);
}

TEST_F(FunctionFiles, TakesAnEmptyPartOfPathForTheWorkingDirectory) {
  const auto function = load({"no-such-tool-here"}, with({{"PATH", ":"}}));
  ASSERT_FALSE(function);
  EXPECT_EQ(function.error().message,
            "exec \"no-such-tool-here\": executable file not found in $PATH");
}

TEST_F(FunctionFiles, SaysWhyACommandCannotRun) {
  const std::string denied = file("bin/denied", 0644);
  const std::string bin = folder_ / "bin";
  const Env env = with({{"PATH", bin.c_str()}});
  const auto missing = load({"/no/such/file"}, env);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(missing.error().message, "exec \"/no/such/file\": no such file or directory");

  EXPECT_EQ(load({"tool"}, env).error().message,
            "exec \"tool\": executable file not found in $PATH");
  EXPECT_EQ(load({"denied"}, env).error().message, "exec \"" + denied + "\": permission denied");
  EXPECT_EQ(load({denied}, env).error().code, ErrorCode::kPermission);
  EXPECT_EQ(load({bin}, env).error().message, "exec \"" + bin + "\": is a directory");
  EXPECT_FALSE(load({""}, env));
}

TEST(Function, SaysThatThereIsNoCommandAndNoBootstrap) {
  const auto function = load({});
  for (const char* bootstrap :
       {"/var/task/bootstrap", "/opt/bootstrap", "/var/runtime/bootstrap"}) {
    ASSERT_FALSE(fs::exists(bootstrap)) << "these tests run on a machine without a function";
  }
  ASSERT_FALSE(function);
  EXPECT_EQ(function.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(function.error().message,
            "no command given, and none of /var/task/bootstrap, /opt/bootstrap and "
            "/var/runtime/bootstrap exists");
}

// --- runtime_env()

Function hello() {
  Function function;
  function.name = "hello";
  function.version = "3";
  function.memory_mb = "128";
  function.handler = "app.handler";
  function.metadata_token = "a-token";
  return function;
}

TEST(RuntimeEnv, AddsWhatLambdaAdds) {
  const std::vector<std::string> expected{
      "AWS_ACCESS_KEY_ID=",
      "AWS_DEFAULT_REGION=us-east-1",
      "AWS_EXECUTION_ENV=AWS_Lambda_Image",
      "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=128",
      "AWS_LAMBDA_FUNCTION_NAME=hello",
      "AWS_LAMBDA_FUNCTION_VERSION=3",
      "AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
      "AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/Functions",
      "AWS_LAMBDA_LOG_STREAM_NAME=$LATEST",
      "AWS_LAMBDA_METADATA_API=127.0.0.1:9001",
      "AWS_LAMBDA_METADATA_TOKEN=a-token",
      "AWS_LAMBDA_RUNTIME_API=127.0.0.1:9001",
      "AWS_REGION=us-east-1",
      "AWS_SECRET_ACCESS_KEY=",
      "AWS_SESSION_TOKEN=",
      "AWS_XRAY_CONTEXT_MISSING=LOG_ERROR",
      "AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:2000",
      "LAMBDA_RUNTIME_DIR=/var/runtime",
      "LAMBDA_TASK_ROOT=/var/task",
      "LD_LIBRARY_PATH=/var/lang/lib:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/"
      "lib",
      "TZ=:UTC",
      "_AWS_XRAY_DAEMON_ADDRESS=127.0.0.1",
      "_AWS_XRAY_DAEMON_PORT=2000",
      "_HANDLER=app.handler",
  };
  EXPECT_EQ(runtime_env({}, hello(), "127.0.0.1:9001").entries(), expected);
}

TEST(RuntimeEnv, TellsTheRuntimeOfAManagedInstance) {
  Env own;
  own.set("AWS_LAMBDA_MAX_CONCURRENCY", "4");
  own.set("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand");
  Function function = hello();
  function.max_concurrency = 4;
  const Env env = runtime_env(own, function, "127.0.0.1:9001");
  EXPECT_EQ(env.find("AWS_LAMBDA_MAX_CONCURRENCY"), "4");
  EXPECT_EQ(env.find("AWS_LAMBDA_INITIALIZATION_TYPE"), "lambda-managed-instances");
}

TEST(RuntimeEnv, KeepsWhatTheUserSet) {
  const Env own = with({{"PATH", "/bin"},
                        {"AWS_REGION", "eu-west-1"},
                        {"AWS_SESSION_TOKEN", "secret"},
                        {"TZ", "Europe/Berlin"},
                        {"LAMBDA_TASK_ROOT", "/app"},
                        {"LD_LIBRARY_PATH", ""},
                        {"MINE", "x=y"}});
  const Env env = runtime_env(own, hello(), "127.0.0.1:9001");
  for (const std::string_view name : {"PATH", "AWS_REGION", "AWS_SESSION_TOKEN", "TZ",
                                      "LAMBDA_TASK_ROOT", "LD_LIBRARY_PATH", "MINE"}) {
    EXPECT_EQ(env.find(name), own.find(name)) << name;
  }
  EXPECT_EQ(env.find("AWS_DEFAULT_REGION"), "eu-west-1");
}

TEST(RuntimeEnv, LeavesAMetadataEndpointOfTheUsersOwn) {
  const Env own =
      with({{"AWS_LAMBDA_METADATA_API", "elsewhere:1"}, {"AWS_LAMBDA_METADATA_TOKEN", "theirs"}});
  const Env env = runtime_env(own, hello(), "127.0.0.1:9001");
  EXPECT_EQ(env.find("AWS_LAMBDA_METADATA_API"), "elsewhere:1");
  EXPECT_EQ(env.find("AWS_LAMBDA_METADATA_TOKEN"), "theirs");
  const Env only_api = with({{"AWS_LAMBDA_METADATA_API", "elsewhere:1"}});
  EXPECT_FALSE(runtime_env(only_api, hello(), "127.0.0.1:9001").has("AWS_LAMBDA_METADATA_TOKEN"));
}

TEST(RuntimeEnv, HasTheLastWordOnTheRuntimesAddressAndHandler) {
  const Env own = with({{"AWS_LAMBDA_RUNTIME_API", "elsewhere"}, {"_HANDLER", "other"}});
  const Env env = runtime_env(own, hello(), "127.0.0.1:1");
  EXPECT_EQ(env.find("AWS_LAMBDA_RUNTIME_API"), "127.0.0.1:1");
  EXPECT_EQ(env.find("_HANDLER"), "app.handler");
  Function without = hello();
  without.handler.clear();
  EXPECT_FALSE(runtime_env({}, without, "127.0.0.1:1").has("_HANDLER"));
}

// --- container.h

TEST(Container, IsInvokedFromOutside) {
  EXPECT_EQ(default_invoke_address(with({{"container", "podman"}})), "0.0.0.0:8080");
  EXPECT_EQ(default_invoke_address(with({{"KUBERNETES_SERVICE_HOST", "10.0.0.1"}})),
            "0.0.0.0:8080");
}

TEST(Container, IsNotWhereThisTestRunsUnlessAFileSaysSo) {
  const bool is_one =
      ::getpid() == 1 || fs::exists("/.dockerenv") || fs::exists("/run/.containerenv");
  EXPECT_EQ(default_invoke_address({}), is_one ? "0.0.0.0:8080" : "127.0.0.1:8080");
}

}  // namespace
}  // namespace thimble::emulator
