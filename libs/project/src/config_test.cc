#include "thimble/project/config.h"

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

namespace thimble::project {
namespace {

using std::chrono::seconds;

struct Given {
  Env env = {};
  std::string environment = {};
  std::vector<FlagValue> flags = {};
};

Result<Project> read(std::string_view text, const Given& given = {}) {
  return parse(text, {.folder = "/projects/hello world",
                      .env = given.env,
                      .environment = given.environment,
                      .flags = given.flags});
}

// The message that refuses `text`.
std::string refusal(std::string_view text, const Given& given = {}) {
  const auto project = read(text, given);
  return project ? "it was accepted" : project.error().message;
}

constexpr std::string_view kWhole = R"(
[function]
name = "hello"
handler = "app.handler"
memory = 256
timeout = 30
arch = "arm64"
env = { LOG = "debug", EMPTY = "" }
command = ["./bin/handler", "--fast"]
build = "make handler"
language = "command"
directory = "src"
[image]
base = "debian:12"
user = "1000:1000"
emulator = false
add = ["models:/opt/models", "a:b:/c"]
python = "3.13"
slim = "trace"
labels = { "org.opencontainers.image.title" = "Hello" }
extensions = ["registry.example/extension:1"]
include = ["/usr/lib/libnss_dns.so.2"]
platforms = ["linux/arm64", "linux/amd64"]
[run]
port = 9000
concurrency = 4
watch = false
[push]
repository = "registry.example/hello"
sbom = false
sign = "key.pem"
[deploy]
role = "arn:aws:iam::123456789012:role/hello"
url = "iam"
region = "eu-west-1"
[export.fargate]
cpu = 256
[export.kubernetes.resources]
limits = { memory = "128Mi" }
[events.hello]
source = "apigw-v2"
request = "GET /hello?name=Chris"
expect = { statusCode = 200, list = [1, 2.5, true] }
[events.file]
event = "events/hello.json"
)";

TEST(Config, ReadsEveryKey) {
  const auto project = read(kWhole);
  ASSERT_TRUE(project) << project.error().message;
  ASSERT_EQ(project->functions.size(), 1U);
  const Function& function = project->functions[0];
  EXPECT_EQ(*function.name, "hello");
  EXPECT_EQ(*function.handler, "app.handler");
  EXPECT_EQ(function.memory->count, 256);
  EXPECT_EQ(*function.timeout, seconds(30));
  EXPECT_EQ(*function.arch, Arch::kArm64);
  EXPECT_EQ(*function.env.at("LOG"), "debug");
  EXPECT_EQ(*function.env.at("EMPTY"), "");
  EXPECT_EQ(function.command->words, (std::vector<std::string>{"./bin/handler", "--fast"}));
  EXPECT_EQ(*function.build, "make handler");
  EXPECT_EQ(*function.language, Language::kCommand);
  EXPECT_EQ(*function.directory, "src");
  const ImageSettings& image = function.image;
  EXPECT_EQ(*image.base, "debian:12");
  EXPECT_EQ(*image.user, "1000:1000");
  EXPECT_FALSE(*image.emulator);
  EXPECT_EQ(*image.add, (std::vector<Addition>{{"models", "/opt/models"}, {"a:b", "/c"}}));
  EXPECT_EQ(*image.python, "3.13");
  EXPECT_EQ(*image.slim, Slim::kTrace);
  EXPECT_EQ(*image.labels.at("org.opencontainers.image.title"), "Hello");
  EXPECT_EQ(*image.extensions, std::vector<std::string>{"registry.example/extension:1"});
  EXPECT_EQ(*image.include, std::vector<std::string>{"/usr/lib/libnss_dns.so.2"});
  ASSERT_EQ(image.platforms->size(), 2U);
  EXPECT_EQ((*image.platforms)[0].str(), "linux/arm64");
  EXPECT_EQ(*project->run.port, 9000);
  EXPECT_EQ(*project->run.concurrency, 4U);
  EXPECT_FALSE(*project->run.watch);
  EXPECT_EQ(*project->push.repository, "registry.example/hello");
  EXPECT_FALSE(*project->push.sbom);
  EXPECT_EQ(*project->push.sign, "key.pem");
  EXPECT_EQ(*project->deploy.url, Url::kIam);
  EXPECT_EQ(*project->deploy.region, "eu-west-1");
  EXPECT_EQ(project->exports.at("fargate"), R"({"cpu":256})");
  EXPECT_EQ(project->exports.at("kubernetes"), R"({"resources":{"limits":{"memory":"128Mi"}}})");
  ASSERT_EQ(project->events.size(), 2U);
  EXPECT_EQ(project->events[0].name, "hello");
  EXPECT_EQ(*project->events[0].expect, R"({"list":[1,2.5,true],"statusCode":200})");
  EXPECT_EQ(*project->events[1].event, "events/hello.json");
}

TEST(Config, NeedsNoFileAndThenHasDefaults) {
  const auto project = load({.folder = "/nonexistent/hello world!", .env = {}});
  ASSERT_TRUE(project) << project.error().message;
  EXPECT_EQ(*project->functions.at(0).name, "hello-world-");
  EXPECT_FALSE(project->functions[0].name.is_set());
  EXPECT_EQ(project->functions[0].memory->count, 128);
  EXPECT_TRUE(*project->functions[0].image.emulator);
  EXPECT_EQ(*project->functions[0].image.slim, Slim::kOn);
  EXPECT_TRUE(project->file.empty());
}

TEST(Config, AFileThatIsNamedMustExist) {
  const auto project = load({.folder = "/", .env = {}, .file = "/nonexistent/thimble.toml"});
  ASSERT_FALSE(project);
  EXPECT_EQ(project.error().code, ErrorCode::kNotFound);
}

TEST(Config, RemembersWhoSaidAValue) {
  Given given{.environment = "prod", .flags = {{"run.watch", "false", "--no-watch"}}};
  given.env.set("THIMBLE_FUNCTION_TIMEOUT", "7");
  given.env.set("THIMBLE_MODE", "serve");
  const auto project = read(R"([function]
memory = 256
timeout = 3
[env.prod.function]
memory = 1024
)",
                            given);
  ASSERT_TRUE(project) << project.error().message;
  const Function& function = project->functions[0];
  EXPECT_EQ(function.memory.origin, (Origin{Source::kEnvironment, "thimble.toml:5"}));
  EXPECT_EQ(function.memory->count, 1024);
  EXPECT_EQ(function.timeout.origin, (Origin{Source::kVariable, "THIMBLE_FUNCTION_TIMEOUT"}));
  EXPECT_EQ(*function.timeout, seconds(7));
  EXPECT_EQ(project->run.watch.origin, (Origin{Source::kFlag, "--no-watch"}));
  EXPECT_EQ(project->run.port.origin.str(), "default");
}

TEST(Config, OfTwoSourcesTheStrongerOneCountsInAnyOrder) {
  constexpr Source kSources[] = {Source::kImageConfig, Source::kFile, Source::kEnvironment,
                                 Source::kVariable, Source::kFlag};
  for (const Source first : kSources) {
    for (const Source second : kSources) {
      auto project = read("");
      ASSERT_TRUE(set(*project, "image.user", "first", {first, "first"}));
      ASSERT_TRUE(set(*project, "image.user", "second", {second, "second"}));
      EXPECT_EQ(*project->functions[0].image.user, second >= first ? "second" : "first");
    }
  }
}

TEST(Config, AFlagBeatsAVariableBeatsAnEnvironmentBeatsTheFile) {
  constexpr std::string_view kText = "image.base='file'\nenv.prod.image.base='environment'\n";
  Given given;
  EXPECT_EQ(*read(kText, given)->functions[0].image.base, "file");
  given.environment = "prod";
  EXPECT_EQ(*read(kText, given)->functions[0].image.base, "environment");
  given.env.set("THIMBLE_IMAGE_BASE", "variable");
  EXPECT_EQ(*read(kText, given)->functions[0].image.base, "variable");
  given.flags.push_back({"image.base", "flag", "--base"});
  EXPECT_EQ(*read(kText, given)->functions[0].image.base, "flag");
}

TEST(Config, MembersOfTablesAreSetOneByOne) {
  Given given{.environment = "prod", .flags = {{"image.labels.a.b", "flag", "--label"}}};
  given.env.set("THIMBLE_FUNCTION_ENV_Stage", "variable");
  const auto project =
      read("function.env = {LOG='info', KEEP='yes'}\nenv.prod.function.env.LOG='x'", given);
  ASSERT_TRUE(project) << project.error().message;
  const Function& function = project->functions[0];
  EXPECT_EQ(*function.env.at("LOG"), "x");
  EXPECT_EQ(*function.env.at("KEEP"), "yes");
  EXPECT_EQ(*function.env.at("Stage"), "variable");
  EXPECT_EQ(*function.image.labels.at("a.b"), "flag");
}

TEST(Config, HasSeveralFunctionsThatShareWhatTheyDoNotSay) {
  constexpr std::string_view kText = R"(
[function]
memory = 512
[image]
base = "debian:12"
[functions.orders]
directory = "orders"
[functions.orders.image]
base = "alpine:3"
[functions.billing]
name = "bill"
memory = 1024
[events.pay]
function = "bill"
[events.any]
)";
  const auto project = read(kText);
  ASSERT_TRUE(project) << project.error().message;
  ASSERT_EQ(project->functions.size(), 2U);
  const Function& billing = project->functions[0];
  const Function& orders = project->functions[1];
  EXPECT_EQ(billing.key, "billing");
  EXPECT_EQ(*billing.name, "bill");
  EXPECT_EQ(billing.memory->count, 1024);
  EXPECT_EQ(*billing.image.base, "debian:12");
  EXPECT_EQ(*orders.name, "orders");
  EXPECT_EQ(orders.memory->count, 512);
  EXPECT_EQ(*orders.image.base, "alpine:3");
  EXPECT_EQ(*orders.directory, "orders");
  EXPECT_EQ(project->find_function("orders").value(), &orders);
  EXPECT_EQ(project->find_function("order").error().message,
            "no function is called 'order': did you mean 'orders'?");
  EXPECT_EQ(project->find_function("").error().message,
            "this project has several functions, say which one: bill, orders");
  EXPECT_EQ(project->events_of(billing).size(), 2U);
  EXPECT_EQ(project->events_of(orders).size(), 1U);
}

struct Refusal {
  std::string_view text;
  std::string_view message;
};

constexpr Refusal kRefusals[] = {
    {"[function]\nmemroy = 1",
     "thimble.toml:2: unknown key 'memroy' in [function]: did you mean 'memory'?"},
    {"\n[fucntion]\nmemory = 1",
     "thimble.toml:2: unknown section [fucntion]: did you mean 'function'?"},
    {"port = 1", "thimble.toml:1: unknown key 'port': did you mean 'export'?"},
    {"[function]\nmemory = 'big'",
     "thimble.toml:2: 'memory': expected a whole number from 128 to 10240, not 'big'"},
    {"[function]\nmemory = 64",
     "thimble.toml:2: 'memory': expected a whole number from 128 to 10240, not 64"},
    {"[function]\ntimeout = 1.5",
     "thimble.toml:2: 'timeout': expected a whole number from 1 to 900, not a fraction"},
    {"[function]\nhandler = true",
     "thimble.toml:2: 'handler': expected a string, not true or false"},
    {"[function]\ncommand = 5",
     "thimble.toml:2: 'command': expected a string or a list of strings, not 5"},
    {"[function]\ncommand = ['a', 5]",
     "thimble.toml:2: 'command': expected a list of strings, but there is a whole number in it"},
    {"[function]\ncommand = \"say 'it\"", "thimble.toml:2: 'command': a ' has no end"},
    {"[function]\narch = 'mips'",
     "thimble.toml:2: 'arch': expected one of x86_64, amd64, arm64, aarch64, not 'mips'"},
    {"[function]\nenv = 1",
     "thimble.toml:2: 'env': expected a table of strings, not a whole number"},
    {"[function.env]\nA = 1", "thimble.toml:2: 'A': expected a string, not 1"},
    {"[function.env]\n'A=B' = 'x'",
     "thimble.toml:2: 'env': a name is empty, or has a '=' or NUL in it"},
    {"function = 5", "thimble.toml:1: 'function': expected a table, not a whole number"},
    {"[image]\nslim = 'most'",
     "thimble.toml:2: 'slim': expected true, false or \"trace\", not 'most'"},
    {"[image]\nadd = ['x']",
     "thimble.toml:2: 'add': expected \"SOURCE:/ABSOLUTE/TARGET\", not 'x'"},
    {"[run]\nport = 70000",
     "thimble.toml:2: 'port': expected a whole number from 1 to 65535, not 70000"},
    {"[deploy]\nurl = 'open'",
     "thimble.toml:2: 'url': expected one of off, iam, public, not 'open'"},
    {"[events.a]\nrequest = 'GET /'\nevent = 'a.json'",
     "thimble.toml:3: [events.a] has both 'request' and 'event'"},
    {"[events.a]\nfunction = 'x'",
     "thimble.toml:2: no function is called 'x': known are: hello-world"},
    {"[env.prod.function]\nmemroy = 1",
     "thimble.toml:2: unknown key 'memroy' in [env.prod.function]: did you mean 'memory'?"},
    {"[env.prod.env.x]",
     "thimble.toml:1: unknown section [env.prod.env]: known are: function, functions, image, run, "
     "push, "
     "deploy, export, events"},
    {"[env.prod.functions.x]\nmemory = 128",
     "thimble.toml:1: unknown function 'x': there are none"},
    {"[functions.a]\n[functions.a.image]\nbsae = 'x'",
     "thimble.toml:3: unknown key 'bsae' in [functions.a.image]: did you mean 'base'?"},
    {"[functions.a]\n[function]\nname = 'x'",
     "thimble.toml:3: 'name' in [function] would be that of each of [functions]: remove it"},
    {"[functions.a]\n[functions.b]\nname = 'a'", "thimble.toml:3: two functions are called 'a'"},
    {"[functions.'a b']",
     "thimble.toml:1: 'a b' is no name for a function: use 1 to 64 letters, digits, '-' and '_'"},
    {"[export]\nfargate = 1", "thimble.toml:2: 'fargate': expected a table, not a whole number"},
};

TEST(Config, ErrorsNameTheLineAndWhatWasMeant) {
  for (const Refusal& row : kRefusals) {
    EXPECT_EQ(refusal(row.text), row.message) << row.text;
  }
}

TEST(Config, ASyntaxErrorNamesItsLine) {
  EXPECT_TRUE(refusal("[function]\nname = \n").starts_with("thimble.toml:2: ")) << refusal("a=");
  EXPECT_TRUE(refusal("[function]\n[function]\n").starts_with("thimble.toml:2: "));
  EXPECT_TRUE(refusal("name = '\xFF'").starts_with("thimble.toml:1: "));
}

TEST(Config, ErrorsOfVariablesAndFlagsNameThem) {
  Given given;
  given.env.set("THIMBLE_FUNCTION_MEMROY", "512");
  EXPECT_EQ(refusal("", given),
            "THIMBLE_FUNCTION_MEMROY: unknown key 'memroy' in [function]: did you mean 'memory'?");
  given = {.flags = {{"function.memory", "lots", "--memory"}}};
  EXPECT_EQ(refusal("", given),
            "--memory: 'memory': expected a whole number from 128 to 10240, not 'lots'");
}

TEST(Config, AnEnvironmentThatThereIsNotIsRefused) {
  EXPECT_EQ(refusal("[env.prod.run]\nport=1", {.environment = "prdo"}),
            "thimble.toml: there is no [env.prdo]: did you mean 'prod'?");
  EXPECT_EQ(refusal("", {.environment = "prod"}),
            "thimble.toml: there is no [env.prod]: there are none");
}

TEST(Config, DescribesEverySettingAndHidesWhatSoundsSecret) {
  const auto project = read("[function.env]\nAPI_TOKEN = 'hunter2'\nLOG = 'debug'\n");
  std::string token;
  std::string log;
  std::string port;
  for (const DescribedSetting& line : describe(*project)) {
    EXPECT_EQ(line.value.find("hunter2"), std::string::npos);
    if (line.key == "function.env.API_TOKEN") token = line.value + " " + line.origin.str();
    if (line.key == "function.env.LOG") log = line.value;
    if (line.key == "run.port") port = line.value + " " + line.origin.str();
  }
  EXPECT_EQ(token, "(hidden) thimble.toml:2");
  EXPECT_EQ(log, "\"debug\"");
  EXPECT_EQ(port, "8080 default");
}

}  // namespace
}  // namespace thimble::project
