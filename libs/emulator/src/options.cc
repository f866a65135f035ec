#include "thimble/emulator/options.h"

#include <array>
#include <optional>
#include <utility>

#include "thimble/base/parse_number.h"
#include "thimble/http/address.h"
#include "thimble/wire/invoke_api.h"

#include "invoke/durable_endpoint.h"

namespace thimble::emulator {
namespace {

using Applied = Result<void>;

Applied bad(std::string_view value, std::string_view expected) {
  return fail(ErrorCode::kInvalid, "'" + std::string(value) + "' is not " + std::string(expected));
}

std::string lower(std::string_view value) {
  std::string text(value);
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

Applied set_log_level(Options& options, std::string_view value) {
  static constexpr std::array<std::pair<std::string_view, LogLevel>, 8> kLevels{{
      {"trace", LogLevel::kTrace},
      {"debug", LogLevel::kDebug},
      {"info", LogLevel::kInfo},
      {"warn", LogLevel::kWarning},
      {"warning", LogLevel::kWarning},
      {"error", LogLevel::kError},
      {"fatal", LogLevel::kFatal},
      {"panic", LogLevel::kPanic},
  }};
  const std::string wanted = lower(value);
  for (const auto& [name, level] : kLevels) {
    if (name == wanted) {
      options.log_level = level;
      return {};
    }
  }
  return bad(value, "one of trace, debug, info, warning, error, fatal, panic");
}

Applied set_log_format(Options& options, std::string_view value) {
  const std::string wanted = lower(value);
  if (wanted != "text" && wanted != "json") return bad(value, "one of text, json");
  options.log_format = wanted == "json" ? LogFormat::kJson : LogFormat::kText;
  return {};
}

Applied set_system_log_level(Options& options, std::string_view value) {
  const std::string wanted = lower(value);
  if (wanted == "debug") {
    options.system_log_level = LogLevel::kDebug;
  } else if (wanted == "info") {
    options.system_log_level = LogLevel::kInfo;
  } else if (wanted == "warn") {
    options.system_log_level = LogLevel::kWarning;
  } else {
    return bad(value, "one of debug, info, warn");
  }
  return {};
}

Applied set_fidelity(Options& options, std::string_view value) {
  if (value == "auto") {
    options.fidelity = Fidelity::kAuto;
  } else if (value == "rie") {
    options.fidelity = Fidelity::kRie;
  } else if (value == "cloud") {
    options.fidelity = Fidelity::kCloud;
  } else {
    return bad(value, "one of auto, rie, cloud");
  }
  return {};
}

Applied set_init(Options& options, std::string_view value) {
  if (value == "lazy") {
    options.init = InitMode::kLazy;
  } else if (value == "eager") {
    options.init = InitMode::kEager;
  } else {
    return bad(value, "lazy or eager");
  }
  return {};
}

Applied set_address(std::string& address, std::string_view value) {
  if (auto parsed = http::parse_address(value); !parsed) return fail(std::move(parsed.error()));
  address = value;
  return {};
}

Applied set_durable_endpoint(Options& options, std::string_view value) {
  if (auto parsed = parse_durable_endpoint(value); !parsed) return fail(std::move(parsed.error()));
  options.durable_endpoint = value;
  return {};
}

Applied set_switch(bool& on, std::string_view value) {
  if (value == "1" || value == "true" || value == "yes" || value == "on") {
    on = true;
  } else if (value == "0" || value == "false" || value == "no" || value == "off" || value.empty()) {
    on = false;
  } else {
    return bad(value, "true or false");
  }
  return {};
}

Applied set_cors(Options& options, std::string_view value) {
  options.cors.clear();
  while (!value.empty()) {
    const std::size_t comma = value.find(',');
    std::string_view origin = value.substr(0, comma);
    value = comma == std::string_view::npos ? std::string_view() : value.substr(comma + 1);
    if (origin.ends_with('/')) origin.remove_suffix(1);
    if (origin != "*" && origin.find("://") == std::string_view::npos) {
      return bad(origin, "an origin such as https://app.example or *");
    }
    options.cors.emplace_back(origin);
  }
  return {};
}

Applied set_availability_zone_id(Options& options, std::string_view value) {
  static constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
  if (value.empty() || value.find_first_not_of(kAllowed) != std::string_view::npos)
    return bad(value, "the id of a zone, such as use1-az1");
  options.availability_zone_id = value;
  return {};
}

Applied set_extensions_dir(Options& options, std::string_view value) {
  if (value.empty()) return bad(value, "a folder");
  options.extensions_dir = value;
  return {};
}

Applied set_size(std::size_t& size, std::string_view value) {
  const auto number = parse_number<std::size_t>(value);
  if (!number || *number == 0) return bad(value, "a whole number above 0");
  size = *number;
  return {};
}

Applied set_concurrency(Options& options, std::string_view value) {
  const auto number = parse_number<unsigned>(value);
  if (!number || *number == 0 || *number > 1000) return bad(value, "a number in 1..1000");
  options.concurrency = *number;
  return {};
}

Applied set_stream_rate(Options& options, std::string_view value) {
  if (value == "lambda") {
    options.stream_rate = wire::kStreamedBytesPerSecond;
    return {};
  }
  if (!set_size(options.stream_rate, value)) return bad(value, "lambda or a whole number above 0");
  return {};
}

Applied set_seconds(Seconds& seconds, std::string_view value) {
  const auto number = parse_number<unsigned>(value);
  if (!number || *number == 0 || *number > 86400)
    return bad(value, "a number of seconds in 1..86400");
  seconds = Seconds(*number);
  return {};
}

Applied set_retries(Options& options, std::string_view value) {
  const auto number = parse_number<unsigned>(value);
  if (!number || *number > 100) return bad(value, "a number in 0..100");
  options.event_retries = *number;
  return {};
}

// Seconds with up to three decimals.
Applied set_delay(Milliseconds& delay, std::string_view value) {
  const std::size_t dot = value.find('.');
  std::string decimals(dot == std::string_view::npos ? "0" : value.substr(dot + 1));
  const bool has_decimals = !decimals.empty() && decimals.size() <= 3;
  decimals.resize(3, '0');
  const auto seconds = parse_number<unsigned>(value.substr(0, dot));
  const auto thousandths = parse_number<unsigned>(decimals);
  if (!seconds || !thousandths || !has_decimals || *seconds > 86400)
    return bad(value, "a number of seconds in 0..86400, such as 60 or 0.25");
  delay = Seconds(*seconds) + Milliseconds(*thousandths);
  return {};
}

Applied set_enforce(Options& options, std::string_view value) {
  static constexpr std::array<std::pair<std::string_view, bool Enforced::*>, 5> kWords{{
      {"memory", &Enforced::memory},
      {"tmp", &Enforced::tmp},
      {"read-only-root", &Enforced::read_only_root},
      {"user", &Enforced::user},
      {"no-network", &Enforced::no_network},
  }};
  options.enforce = {};
  do {
    const std::size_t comma = value.find(',');
    const std::string_view word = value.substr(0, comma);
    value = comma == std::string_view::npos ? std::string_view() : value.substr(comma + 1);
    bool is_known = false;
    for (const auto& [name, member] : kWords) {
      if (word != name && word != "all") continue;
      options.enforce.*member = true;
      is_known = true;
    }
    if (!is_known) return bad(word, "one of memory, tmp, read-only-root, user, no-network, all");
  } while (!value.empty());
  return {};
}

Applied set_user(Options& options, std::string_view value) {
  const std::size_t colon = value.find(':');
  const auto user = parse_number<unsigned>(value.substr(0, colon));
  const auto group =
      colon == std::string_view::npos ? user : parse_number<unsigned>(value.substr(colon + 1));
  // The highest number means nobody in particular.
  if (!user || !group || *user == ~0U || *group == ~0U) return bad(value, "UID or UID:GID");
  options.user_id = *user;
  options.group_id = *group;
  return {};
}

// One flag: `--name`, its variable, and what to do with its value. A switch needs no value on the
// command line.
struct Flag {
  std::string_view name;
  std::string_view variable;
  bool is_switch;
  Applied (*apply)(Options&, std::string_view);
  std::string_view value_name;
  std::string_view help;
};

constexpr auto kFlags = std::to_array<Flag>({
    {"help", "", true, [](Options& o, std::string_view v) { return set_switch(o.help, v); }, "",
     "print this and end"},
    {"version", "", true, [](Options& o, std::string_view v) { return set_switch(o.version, v); },
     "", "print the version and end"},
    {"log-level", "LOG_LEVEL", false, set_log_level, "LEVEL",
     "trace, debug, info, warning, error, fatal or panic [info]"},
    {"log-format", "THIMBLE_LOG_FORMAT", false, set_log_format, "FORMAT",
     "the log as lines (text), or as Lambda's JSON records (json) [text]"},
    {"system-log-level", "THIMBLE_SYSTEM_LOG_LEVEL", false, set_system_log_level, "LEVEL",
     "the least urgent of Lambda's JSON records that is written: debug, info or warn [info]"},
    {"runtime-interface-emulator-address", "RUNTIME_INTERFACE_EMULATOR_ADDRESS", false,
     [](Options& o, std::string_view v) { return set_address(o.invoke_address, v); }, "HOST:PORT",
     "where to be invoked [0.0.0.0:8080 in a container, else 127.0.0.1:8080]"},
    {"runtime-api-address", "RUNTIME_API_ADDRESS", false,
     [](Options& o, std::string_view v) { return set_address(o.runtime_api_address, v); },
     "HOST:PORT", "where the runtime finds its API [127.0.0.1:9001]"},
    {"enable-init-caching", "ENABLE_INIT_CACHING", true,
     [](Options& o, std::string_view v) { return set_switch(o.init_caching, v); }, "",
     "emulate SnapStart: run the runtime's restore hooks, serve it credentials"},
    {"availability-zone-id", "THIMBLE_AVAILABILITY_ZONE_ID", false, set_availability_zone_id, "ID",
     "what the metadata endpoint says [the first zone of AWS_REGION: use1-az1]"},
    {"extensions-dir", "THIMBLE_EXTENSIONS_DIR", false, set_extensions_dir, "FOLDER",
     "where external extensions are [/opt/extensions]"},
    {"init", "THIMBLE_INIT", false, set_init, "WHEN",
     "start the runtime with the first invocation (lazy) or at once (eager) [lazy]"},
    {"cold", "THIMBLE_COLD", true,
     [](Options& o, std::string_view v) { return set_switch(o.cold, v); }, "",
     "make every start a cold one: shut everything down after each invocation"},
    {"repeat-init", "THIMBLE_REPEAT_INIT", true,
     [](Options& o, std::string_view v) { return set_switch(o.repeat_init, v); }, "",
     "give the first init 10 seconds, and try it again for the same invocation if it fails"},
    {"fidelity", "THIMBLE_FIDELITY", false, set_fidelity, "WHOSE",
     "answers as the public emulator (rie), as Lambda (cloud), or by function name (auto) [auto]"},
    {"no-timeout", "THIMBLE_NO_TIMEOUT", true,
     [](Options& o, std::string_view v) { return set_switch(o.no_timeout, v); }, "",
     "let invocations take as long as they like, for debuggers"},
    {"no-runtime", "THIMBLE_NO_RUNTIME", true,
     [](Options& o, std::string_view v) { return set_switch(o.no_runtime, v); }, "",
     "start nothing: a runtime started elsewhere, such as in a debugger, attaches; then there is "
     "no "
     "timeout unless AWS_LAMBDA_FUNCTION_TIMEOUT is set"},
    {"concurrency", "THIMBLE_CONCURRENCY", false, set_concurrency, "COUNT",
     "environments that may run invocations at the same time, each a runtime of its own [1]"},
    {"cors", "THIMBLE_CORS", false, set_cors, "ORIGIN,...",
     "web pages from these origins may invoke, or * for all"},
    {"durable-endpoint", "THIMBLE_DURABLE_ENDPOINT", false, set_durable_endpoint, "URL",
     "http://HOST:PORT of an engine for durable functions; requests for executions and callbacks "
     "are passed on to it"},
    {"queue-depth", "THIMBLE_QUEUE_DEPTH", false,
     [](Options& o, std::string_view v) { return set_size(o.queue_depth, v); }, "COUNT",
     "invocations that may wait for the runtime [1024]"},
    {"queue-bytes", "THIMBLE_QUEUE_BYTES", false,
     [](Options& o, std::string_view v) { return set_size(o.queue_bytes, v); }, "BYTES",
     "payload bytes that may wait for the runtime [67108864]"},
    {"event-queue-depth", "THIMBLE_EVENT_QUEUE_DEPTH", false,
     [](Options& o, std::string_view v) { return set_size(o.event_queue_depth, v); }, "COUNT",
     "asynchronous invocations (X-Amz-Invocation-Type: Event) that may be unfinished [1024]"},
    {"event-queue-bytes", "THIMBLE_EVENT_QUEUE_BYTES", false,
     [](Options& o, std::string_view v) { return set_size(o.event_queue_bytes, v); }, "BYTES",
     "payload bytes these may have together [67108864]"},
    {"event-retries", "THIMBLE_EVENT_RETRIES", false, set_retries, "COUNT",
     "how often an asynchronous invocation that failed is tried again [2]"},
    {"event-retry-delay", "THIMBLE_EVENT_RETRY_DELAY", false,
     [](Options& o, std::string_view v) { return set_delay(o.event_retry_delay, v); }, "SECONDS",
     "how long before the first retry, the second after twice that; Lambda's is 60 [1]"},
    {"max-request-bytes", "THIMBLE_MAX_REQUEST_BYTES", false,
     [](Options& o, std::string_view v) { return set_size(o.max_request_bytes, v); }, "BYTES",
     "largest request payload [6291456]"},
    {"max-event-bytes", "THIMBLE_MAX_EVENT_BYTES", false,
     [](Options& o, std::string_view v) { return set_size(o.max_event_bytes, v); }, "BYTES",
     "largest payload of an asynchronous invocation [1048576]"},
    {"max-response-bytes", "THIMBLE_MAX_RESPONSE_BYTES", false,
     [](Options& o, std::string_view v) { return set_size(o.max_response_bytes, v); }, "BYTES",
     "largest response payload [6291556]"},
    {"max-streamed-bytes", "THIMBLE_MAX_STREAMED_BYTES", false,
     [](Options& o, std::string_view v) { return set_size(o.max_streamed_bytes, v); }, "BYTES",
     "largest streamed response payload [209715200]"},
    {"stream-rate", "THIMBLE_STREAM_RATE", false, set_stream_rate, "RATE",
     "bytes per second of a streamed response after its first 6 MB: a number, or lambda for "
     "2097152 "
     "[no limit]"},
    {"stream-invoke", "THIMBLE_STREAM_INVOKE", true,
     [](Options& o, std::string_view v) { return set_switch(o.stream_invoke, v); }, "",
     "a plain invoke too gets a streamed response as it is produced, not at its end"},
    {"max-head-bytes", "THIMBLE_MAX_HEAD_BYTES", false,
     [](Options& o, std::string_view v) { return set_size(o.max_head_bytes, v); }, "BYTES",
     "largest HTTP request head [32768]"},
    {"max-headers", "THIMBLE_MAX_HEADERS", false,
     [](Options& o, std::string_view v) { return set_size(o.max_headers, v); }, "COUNT",
     "most headers of an HTTP request [100]"},
    {"max-connections", "THIMBLE_MAX_CONNECTIONS", false,
     [](Options& o, std::string_view v) { return set_size(o.max_connections, v); }, "COUNT",
     "most connections at once [1024]"},
    {"head-timeout", "THIMBLE_HEAD_TIMEOUT", false,
     [](Options& o, std::string_view v) { return set_seconds(o.head_timeout, v); }, "SECONDS",
     "longest time for an HTTP request head [10]"},
    {"idle-timeout", "THIMBLE_IDLE_TIMEOUT", false,
     [](Options& o, std::string_view v) { return set_seconds(o.idle_timeout, v); }, "SECONDS",
     "longest silence on a connection [60]"},
    {"enforce", "THIMBLE_ENFORCE", false, set_enforce, "LIMIT,...",
     "hold the function to Lambda's limits, or do not start: memory, tmp, read-only-root, user, "
     "no-network, or all"},
    {"tmp-size", "THIMBLE_TMP_SIZE", false,
     [](Options& o, std::string_view v) { return set_size(o.tmp_megabytes, v); }, "MB",
     "size of /tmp, with --enforce tmp [512]"},
    {"user", "THIMBLE_USER", false, set_user, "UID[:GID]",
     "who the function is, with --enforce user [993:990]"},
});

// What is asked of a runtime's start, if none is started.
Applied check_start(const Options& options) {
  if (!options.no_runtime) return {};
  const std::string_view flag = options.init == InitMode::kEager ? "--init eager"
                                : options.cold                   ? "--cold"
                                : options.repeat_init            ? "--repeat-init"
                                : options.concurrency > 1        ? "--concurrency"
                                                                 : "";
  if (flag.empty()) return {};
  return fail(ErrorCode::kInvalid,
              std::string(flag) + ": nothing is started with --no-runtime (drop one of the two)");
}

const Flag* find_flag(std::string_view name) {
  for (const Flag& flag : kFlags) {
    if (flag.name == name) return &flag;
  }
  return nullptr;
}

}  // namespace

Result<Options> parse_options(std::span<const char* const> arguments, const Env& env) {
  Options options;
  for (const Flag& flag : kFlags) {
    const auto value = flag.variable.empty() ? std::nullopt : env.find(flag.variable);
    if (!value || value->empty()) continue;
    if (auto applied = flag.apply(options, *value); !applied) {
      return fail(std::move(applied.error()).during(flag.variable));
    }
  }

  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (argument == "--") {
      options.command.insert(options.command.end(),
                             arguments.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                             arguments.end());
      break;
    }
    const std::size_t equals = argument.find('=');
    const bool has_value = equals != std::string_view::npos;
    const Flag* flag = argument.starts_with("--")
                           ? find_flag(argument.substr(2, has_value ? equals - 2 : equals))
                           : nullptr;
    // After the command's first word --help and --version are the command's, as they are with the
    // public emulator.
    const bool is_of_command =
        flag != nullptr && flag->variable.empty() && !options.command.empty();
    if (flag == nullptr || is_of_command) {
      options.command.emplace_back(argument);
      continue;
    }
    std::string_view value = has_value ? argument.substr(equals + 1) : "true";
    if (!has_value && !flag->is_switch) {
      if (i + 1 == arguments.size()) {
        return fail(ErrorCode::kInvalid,
                    "--" + std::string(flag->name) + ": expected argument for flag");
      }
      value = arguments[++i];
    }
    if (auto applied = flag->apply(options, value); !applied) {
      return fail(std::move(applied.error()).during("--" + std::string(flag->name)));
    }
  }
  if (options.help || options.version) return options;
  if (auto checked = check_start(options); !checked) return fail(std::move(checked.error()));
  return options;
}

std::string help_text() {
  std::string text =
      "Usage: aws-lambda-rie [FLAGS] [COMMAND [ARGUMENTS...] [HANDLER]]\n"
      "\n"
      "Runs a Lambda runtime and turns HTTP requests into invocations:\n"
      "  POST /2015-03-31/functions/function/invocations\n"
      "  POST /2021-11-15/functions/function/response-streaming-invocations\n"
      "\n"
      "COMMAND starts the runtime; with two or more words the last one is also the handler.\n"
      "Without it /var/task/bootstrap, /opt/bootstrap or /var/runtime/bootstrap is started.\n"
      "Called lambda-entrypoint, it execs COMMAND when AWS_LAMBDA_RUNTIME_API is set.\n"
      "\n"
      "Flags, from anywhere on the line (and their environment variables):\n";
  for (const Flag& flag : kFlags) {
    text.append("  --").append(flag.name);
    if (!flag.value_name.empty()) text.append(" ").append(flag.value_name);
    if (!flag.variable.empty()) text.append("  (").append(flag.variable).append(")");
    text.append("\n      ").append(flag.help).append("\n");
  }
  return text;
}

}  // namespace thimble::emulator
