#include "thimble/emulator/options.h"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace thimble::emulator {
namespace {

using Words = std::vector<std::string>;

Result<Options> parse(const std::vector<const char*>& words, const Env& env = {}) {
  return parse_options(words, env);
}

Env with(std::string name, std::string value) {
  Env env;
  env.set(std::move(name), std::move(value));
  return env;
}

TEST(Options, HaveTheDefaultsThatTheHelpNames) {
  const Options options = parse({}).value();
  EXPECT_FALSE(options.help);
  EXPECT_FALSE(options.version);
  EXPECT_EQ(options.log_level, LogLevel::kInfo);
  EXPECT_EQ(options.log_format, LogFormat::kText);
  EXPECT_EQ(options.system_log_level, LogLevel::kInfo);
  EXPECT_EQ(options.runtime_api_address, "127.0.0.1:9001");
  EXPECT_EQ(options.invoke_address, "");
  EXPECT_FALSE(options.init_caching);
  EXPECT_EQ(options.init, InitMode::kLazy);
  EXPECT_FALSE(options.cold);
  EXPECT_FALSE(options.repeat_init);
  EXPECT_EQ(options.fidelity, Fidelity::kAuto);
  EXPECT_FALSE(options.no_timeout);
  EXPECT_TRUE(options.cors.empty());
  EXPECT_EQ(options.queue_depth, 1024U);
  EXPECT_EQ(options.queue_bytes, 67108864U);
  EXPECT_EQ(options.max_request_bytes, 0U);
  EXPECT_EQ(options.max_response_bytes, 0U);
  EXPECT_EQ(options.max_streamed_bytes, 0U);
  EXPECT_EQ(options.stream_rate, 0U);
  EXPECT_FALSE(options.stream_invoke);
  EXPECT_EQ(options.max_head_bytes, 32768U);
  EXPECT_EQ(options.max_headers, 100U);
  EXPECT_EQ(options.max_connections, 1024U);
  EXPECT_EQ(options.head_timeout, Seconds(10));
  EXPECT_EQ(options.idle_timeout, Seconds(60));
  EXPECT_TRUE(options.command.empty());
}

// Every flag with its variable, two good values, and how to see that they arrived.
struct Flag {
  const char* name;
  const char* variable;
  const char* value;
  const char* other;
  std::string (*seen)(const Options&);
  const char* bad;
  const char* problem;  // what is said of the bad value
};

template <auto member>
std::string text(const Options& options) {
  return options.*member;
}
template <auto member>
std::string number(const Options& options) {
  return std::to_string(options.*member);
}
template <auto member>
std::string seconds(const Options& options) {
  return std::to_string((options.*member).count());
}
std::string retry_delay(const Options& options) {
  return std::to_string(options.event_retry_delay.count() / 1000);
}
template <auto member>
std::string on_off(const Options& options) {
  return options.*member ? "true" : "false";
}
template <auto member>
std::string level(const Options& options) {
  constexpr const char* kNames[] = {"trace", "debug", "info", "warn", "error", "fatal", "panic"};
  return kNames[static_cast<int>(options.*member)];
}
std::string log_format(const Options& options) {
  return options.log_format == LogFormat::kJson ? "json" : "text";
}
std::string fidelity(const Options& options) {
  constexpr const char* kNames[] = {"auto", "rie", "cloud"};
  return kNames[static_cast<int>(options.fidelity)];
}
std::string init(const Options& options) {
  return options.init == InitMode::kEager ? "eager" : "lazy";
}
std::string cors(const Options& options) {
  std::string all;
  for (const std::string& origin : options.cors) all += (all.empty() ? "" : ",") + origin;
  return all;
}

std::string enforced(const Options& options) {
  const Enforced& all = options.enforce;
  std::string text;
  if (all.memory) text += "memory,";
  if (all.tmp) text += "tmp,";
  if (all.read_only_root) text += "read-only-root,";
  if (all.user) text += "user,";
  if (all.no_network) text += "no-network,";
  return text.substr(0, text.empty() ? 0 : text.size() - 1);
}
std::string user(const Options& options) {
  return std::to_string(options.user_id) + ":" + std::to_string(options.group_id);
}

constexpr const char* kAboveZero = "'0' is not a whole number above 0";

const Flag kFlags[] = {
    {"log-level", "LOG_LEVEL", "debug", "panic", level<&Options::log_level>, "loud",
     "'loud' is not one of trace, debug, info, warning, error, fatal, panic"},
    {"log-format", "THIMBLE_LOG_FORMAT", "json", "text", log_format, "xml",
     "'xml' is not one of text, json"},
    {"system-log-level", "THIMBLE_SYSTEM_LOG_LEVEL", "debug", "warn",
     level<&Options::system_log_level>, "error", "'error' is not one of debug, info, warn"},
    {"runtime-interface-emulator-address", "RUNTIME_INTERFACE_EMULATOR_ADDRESS", "0.0.0.0:80", ":9",
     text<&Options::invoke_address>, "8080", "'8080' is not host:port (the port is missing)"},
    {"runtime-api-address", "RUNTIME_API_ADDRESS", "127.0.0.1:80", "[::1]:9",
     text<&Options::runtime_api_address>, "a:70000",
     "'a:70000' is not host:port (port '70000' is not in 0..65535)"},
    {"enable-init-caching", "ENABLE_INIT_CACHING", "true", "false", on_off<&Options::init_caching>,
     "maybe", "'maybe' is not true or false"},
    {"init", "THIMBLE_INIT", "eager", "lazy", init, "soon", "'soon' is not lazy or eager"},
    {"cold", "THIMBLE_COLD", "true", "false", on_off<&Options::cold>, "ice",
     "'ice' is not true or false"},
    {"repeat-init", "THIMBLE_REPEAT_INIT", "true", "false", on_off<&Options::repeat_init>, "2",
     "'2' is not true or false"},
    {"availability-zone-id", "THIMBLE_AVAILABILITY_ZONE_ID", "use1-az6", "local",
     text<&Options::availability_zone_id>, "a b",
     "'a b' is not the id of a zone, such as use1-az1"},
    {"fidelity", "THIMBLE_FIDELITY", "rie", "cloud", fidelity, "aws",
     "'aws' is not one of auto, rie, cloud"},
    {"no-timeout", "THIMBLE_NO_TIMEOUT", "true", "false", on_off<&Options::no_timeout>, "10",
     "'10' is not true or false"},
    {"cors", "THIMBLE_CORS", "https://a.example,http://b:1", "*", cors, "a.example",
     "'a.example' is not an origin such as https://app.example or *"},
    {"durable-endpoint", "THIMBLE_DURABLE_ENDPOINT", "http://127.0.0.1:9014", "http://[::1]:1/",
     text<&Options::durable_endpoint>, "https://engine:443",
     "'https://engine:443' is not http://HOST:PORT"},
    {"queue-depth", "THIMBLE_QUEUE_DEPTH", "1", "2", number<&Options::queue_depth>, "0",
     kAboveZero},
    {"queue-bytes", "THIMBLE_QUEUE_BYTES", "1", "2", number<&Options::queue_bytes>, "0",
     kAboveZero},
    {"no-runtime", "THIMBLE_NO_RUNTIME", "true", "false", on_off<&Options::no_runtime>, "debugger",
     "'debugger' is not true or false"},
    {"event-queue-depth", "THIMBLE_EVENT_QUEUE_DEPTH", "1", "2",
     number<&Options::event_queue_depth>, "0", kAboveZero},
    {"event-queue-bytes", "THIMBLE_EVENT_QUEUE_BYTES", "1", "2",
     number<&Options::event_queue_bytes>, "0", kAboveZero},
    {"event-retries", "THIMBLE_EVENT_RETRIES", "0", "100", number<&Options::event_retries>, "101",
     "'101' is not a number in 0..100"},
    {"event-retry-delay", "THIMBLE_EVENT_RETRY_DELAY", "0", "60", retry_delay, "1m",
     "'1m' is not a number of seconds in 0..86400, such as 60 or 0.25"},
    {"max-event-bytes", "THIMBLE_MAX_EVENT_BYTES", "1", "2", number<&Options::max_event_bytes>, "0",
     kAboveZero},
    {"max-request-bytes", "THIMBLE_MAX_REQUEST_BYTES", "1", "2",
     number<&Options::max_request_bytes>, "0", kAboveZero},
    {"max-response-bytes", "THIMBLE_MAX_RESPONSE_BYTES", "1", "2",
     number<&Options::max_response_bytes>, "0", kAboveZero},
    {"max-streamed-bytes", "THIMBLE_MAX_STREAMED_BYTES", "1", "2",
     number<&Options::max_streamed_bytes>, "0", kAboveZero},
    {"stream-rate", "THIMBLE_STREAM_RATE", "1", "2097152", number<&Options::stream_rate>, "0",
     "'0' is not lambda or a whole number above 0"},
    {"stream-invoke", "THIMBLE_STREAM_INVOKE", "true", "false", on_off<&Options::stream_invoke>,
     "maybe", "'maybe' is not true or false"},
    {"max-head-bytes", "THIMBLE_MAX_HEAD_BYTES", "1", "2", number<&Options::max_head_bytes>, "0",
     kAboveZero},
    {"max-headers", "THIMBLE_MAX_HEADERS", "1", "2", number<&Options::max_headers>, "0",
     kAboveZero},
    {"max-connections", "THIMBLE_MAX_CONNECTIONS", "1", "2", number<&Options::max_connections>, "0",
     kAboveZero},
    {"head-timeout", "THIMBLE_HEAD_TIMEOUT", "1", "86400", seconds<&Options::head_timeout>, "86401",
     "'86401' is not a number of seconds in 1..86400"},
    {"idle-timeout", "THIMBLE_IDLE_TIMEOUT", "1", "2", seconds<&Options::idle_timeout>, "0",
     "'0' is not a number of seconds in 1..86400"},
    {"enforce", "THIMBLE_ENFORCE", "memory,no-network", "tmp", enforced, "cpu",
     "'cpu' is not one of memory, tmp, read-only-root, user, no-network, all"},
    {"tmp-size", "THIMBLE_TMP_SIZE", "1", "10240", number<&Options::tmp_megabytes>, "0",
     kAboveZero},
    {"user", "THIMBLE_USER", "1000:100", "0:0", user, "root", "'root' is not UID or UID:GID"},
};

TEST(Options, EnforceEverythingWithOneWord) {
  const Options options = parse({"--enforce=all"}).value();
  EXPECT_EQ(enforced(options), "memory,tmp,read-only-root,user,no-network");
  EXPECT_FALSE(parse({}).value().enforce.any());
}

TEST(Options, RefuseToEnforceNothing) {
  EXPECT_EQ(parse({"--enforce="}).error().message,
            "--enforce: '' is not one of memory, tmp, read-only-root, user, no-network, all");
  EXPECT_FALSE(parse({"--enforce=memory,,tmp"}));
}

TEST(Options, TakeTheGroupForTheSameNumberAsTheUser) {
  EXPECT_EQ(user(parse({"--user=1000"}).value()), "1000:1000");
  EXPECT_EQ(user(parse({}).value()), "993:990");
  for (const char* bad : {"--user=", "--user=1:", "--user=:1", "--user=-1", "--user=4294967295"}) {
    EXPECT_FALSE(parse({bad})) << bad;
  }
}

TEST(Options, KnowLambdasOwnStreamRate) {
  EXPECT_EQ(parse({"--stream-rate=lambda"}).value().stream_rate, 2097152U);
}

class OptionsOfFlag : public testing::TestWithParam<Flag> {
 protected:
  const Flag& flag_ = GetParam();
  const std::string dashed_ = "--" + std::string(flag_.name);
};

INSTANTIATE_TEST_SUITE_P(, OptionsOfFlag, testing::ValuesIn(kFlags), [](const auto& each) {
  std::string name = each.param.name;
  for (char& c : name) c = c == '-' ? '_' : c;
  return name;
});

TEST_P(OptionsOfFlag, ComeFromTheFlagWithAnEqualsSign) {
  const std::string argument = dashed_ + "=" + flag_.value;
  EXPECT_EQ(flag_.seen(parse({argument.c_str()}).value()), flag_.value);
}

TEST_P(OptionsOfFlag, ComeFromTheFlagAndTheNextWord) {
  const bool is_switch = std::string_view(flag_.value) == "true";
  const Options options = is_switch ? parse({dashed_.c_str(), "command"}).value()
                                    : parse({dashed_.c_str(), flag_.value, "command"}).value();
  EXPECT_EQ(flag_.seen(options), flag_.value);
  EXPECT_EQ(options.command, Words{"command"});
}

TEST_P(OptionsOfFlag, ComeFromTheVariable) {
  EXPECT_EQ(flag_.seen(parse({}, with(flag_.variable, flag_.value)).value()), flag_.value);
}

TEST_P(OptionsOfFlag, PreferTheFlagToTheVariable) {
  const std::string argument = dashed_ + "=" + flag_.other;
  const Options options = parse({argument.c_str()}, with(flag_.variable, flag_.value)).value();
  EXPECT_EQ(flag_.seen(options), flag_.other);
}

TEST_P(OptionsOfFlag, TakeTheLastOfTwoFlags) {
  const std::string first = dashed_ + "=" + flag_.value;
  const std::string second = dashed_ + "=" + flag_.other;
  EXPECT_EQ(flag_.seen(parse({first.c_str(), second.c_str()}).value()), flag_.other);
}

TEST_P(OptionsOfFlag, TakeAnEmptyVariableForNone) {
  EXPECT_EQ(flag_.seen(parse({}, with(flag_.variable, "")).value()), flag_.seen(Options()));
}

TEST_P(OptionsOfFlag, NameTheFlagOrVariableOfABadValue) {
  const std::string argument = dashed_ + "=" + flag_.bad;
  const auto by_flag = parse({"command", argument.c_str()});
  ASSERT_FALSE(by_flag);
  EXPECT_EQ(by_flag.error().code, ErrorCode::kInvalid);
  EXPECT_EQ(by_flag.error().message, dashed_ + ": " + flag_.problem);
  const auto by_variable = parse({}, with(flag_.variable, flag_.bad));
  ASSERT_FALSE(by_variable);
  EXPECT_EQ(by_variable.error().message, std::string(flag_.variable) + ": " + flag_.problem);
}

TEST_P(OptionsOfFlag, AreInTheHelp) {
  const std::string help = help_text();
  EXPECT_NE(help.find("  --" + std::string(flag_.name)), std::string::npos);
  EXPECT_NE(help.find("(" + std::string(flag_.variable) + ")"), std::string::npos);
}

TEST(Options, RefuseAFlagWhoseValueIsMissing) {
  for (const Flag& flag : kFlags) {
    const std::string dashed = "--" + std::string(flag.name);
    const auto options = parse({"command", dashed.c_str()});
    if (std::string_view(flag.value) == "true") {
      EXPECT_TRUE(options) << "a switch needs none";
    } else {
      ASSERT_FALSE(options) << dashed;
      EXPECT_EQ(options.error().message, dashed + ": expected argument for flag");
    }
  }
}

TEST(Options, RefuseNumbersThatAreNotWholeAndPlain) {
  for (const std::string_view value :
       {"", "-1", "+1", "1k", "1.5", "0x10", " 1", "1 ", "99999999999999999999999"}) {
    const std::string argument = "--queue-depth=" + std::string(value);
    EXPECT_FALSE(parse({argument.c_str()})) << "'" << value << "'";
  }
}

TEST(Options, KnowLogLevelsInAnyCase) {
  EXPECT_EQ(parse({"--log-level=WARN"}).value().log_level, LogLevel::kWarning);
  EXPECT_EQ(parse({"--log-level=Warning"}).value().log_level, LogLevel::kWarning);
  EXPECT_EQ(parse({"--log-level=trace"}).value().log_level, LogLevel::kTrace);
  EXPECT_EQ(parse({"--log-level=error"}).value().log_level, LogLevel::kError);
  EXPECT_EQ(parse({"--log-level=FATAL"}).value().log_level, LogLevel::kFatal);
}

TEST(Options, KnowManyWordsForOnAndOff) {
  for (const char* on : {"1", "true", "yes", "on"}) {
    EXPECT_TRUE(parse({}, with("THIMBLE_NO_TIMEOUT", on)).value().no_timeout) << on;
  }
  for (const char* off : {"0", "false", "no", "off"}) {
    EXPECT_FALSE(parse({}, with("THIMBLE_NO_TIMEOUT", off)).value().no_timeout) << off;
  }
}

TEST(Options, SplitOriginsAndForgiveASlashAtTheEnd) {
  EXPECT_EQ(parse({"--cors", "http://a/,https://b:1/"}).value().cors,
            (Words{"http://a", "https://b:1"}));
  EXPECT_EQ(parse({"--cors=*,http://a"}).value().cors, (Words{"*", "http://a"}));
  EXPECT_EQ(parse({"--cors=http://a"}, with("THIMBLE_CORS", "http://b")).value().cors,
            Words{"http://a"})
      << "a flag does not add to its variable";
  EXPECT_FALSE(parse({"--cors=http://a,,http://b"}));
}

TEST(Options, RefuseToStartWhatIsStartedElsewhere) {
  for (const std::string flag : {"--init eager", "--cold", "--repeat-init"}) {
    const bool is_init = flag == "--init eager";
    const char* word = is_init ? "--init=eager" : flag.c_str();
    const auto options = parse({word, "--no-runtime"});
    ASSERT_FALSE(options) << flag;
    EXPECT_EQ(options.error().code, ErrorCode::kInvalid);
    EXPECT_EQ(options.error().message,
              flag + ": nothing is started with --no-runtime (drop one of the two)");
    EXPECT_FALSE(parse({word}, with("THIMBLE_NO_RUNTIME", "1"))) << flag;
    EXPECT_TRUE(parse({word, "--no-runtime", "--help"})) << flag;
    EXPECT_TRUE(parse({word, "--no-runtime=false"})) << flag;
  }
  EXPECT_FALSE(parse({"--no-runtime"}, with("THIMBLE_COLD", "1")));
  EXPECT_TRUE(parse({"--no-runtime", "--init=lazy"}, with("THIMBLE_INIT", "eager")));
}

// --- The command

TEST(Options, LeaveWhatTheyDoNotKnowToTheCommand) {
  EXPECT_EQ(
      parse({"/usr/bin/python", "-m", "--unknown", "awslambdaric", "app.handler"}).value().command,
      (Words{"/usr/bin/python", "-m", "--unknown", "awslambdaric", "app.handler"}));
  EXPECT_EQ(parse({"--unknown=1", "-v", ""}).value().command, (Words{"--unknown=1", "-v", ""}));
  EXPECT_EQ(
      parse({"--log-levels=debug", "--Log-level=debug", "-log-level=debug"}).value().command.size(),
      3U);
}

TEST(Options, FindFlagsAnywhere) {
  const Options options =
      parse({"bootstrap", "--log-level", "debug", "first", "--no-timeout", "handler"}).value();
  EXPECT_EQ(options.command, (Words{"bootstrap", "first", "handler"}));
  EXPECT_EQ(options.log_level, LogLevel::kDebug);
  EXPECT_TRUE(options.no_timeout);
}

TEST(Options, LeaveEverythingAfterTwoDashesToTheCommand) {
  const Options options = parse({"--no-timeout", "--", "a", "--log-level", "--", "--help"}).value();
  EXPECT_EQ(options.command, (Words{"a", "--log-level", "--", "--help"}));
  EXPECT_TRUE(options.no_timeout);
  EXPECT_FALSE(options.help);
  EXPECT_TRUE(parse({"--"}).value().command.empty());
}

TEST(Options, LeaveHelpAndVersionAfterTheCommandToTheCommand) {
  const Options options = parse({"command", "--help", "--version"}).value();
  EXPECT_FALSE(options.help);
  EXPECT_FALSE(options.version);
  EXPECT_EQ(options.command, (Words{"command", "--help", "--version"}));

  EXPECT_TRUE(parse({"--help", "command"}).value().help);
  EXPECT_TRUE(parse({"--log-level", "debug", "--version"}).value().version);
}

TEST(Options, TakeTheDelayOfRetriesInSecondsAndThousandths) {
  const auto delay = [](const char* text) {
    return parse({"--event-retry-delay", text}).value().event_retry_delay;
  };
  EXPECT_EQ(delay("60"), Seconds(60));
  EXPECT_EQ(delay("0"), Seconds(0));
  EXPECT_EQ(delay("0.25"), Milliseconds(250));
  EXPECT_EQ(delay("1.005"), Milliseconds(1005));
  for (const char* wrong : {"", ".5", "1.", "1.0000", "-1", "1.-1", "1s", "86401", "1.2.3"}) {
    EXPECT_FALSE(parse({"--event-retry-delay", wrong}).has_value()) << wrong;
  }
}

TEST(Options, TakeTheNumberOfRetries) {
  EXPECT_EQ(parse({}).value().event_retries, 2U);
  EXPECT_EQ(parse({"--event-retries=0"}).value().event_retries, 0U);
  EXPECT_FALSE(parse({"--event-retries=-1"}).has_value());
  EXPECT_FALSE(parse({"--event-retries=101"}).has_value());
}

}  // namespace
}  // namespace thimble::emulator
