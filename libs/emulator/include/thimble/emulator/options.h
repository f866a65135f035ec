#pragma once
// The emulator's command line and the environment variables that stand for its flags.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "thimble/base/clock.h"
#include "thimble/base/env.h"
#include "thimble/base/result.h"

namespace thimble::emulator {

// Whose statuses and bodies a caller gets.
enum class Fidelity {
  kAuto,   // the public emulator's on /functions/function/, Lambda's on every other name
  kRie,    // the public emulator's
  kCloud,  // Lambda's
};

// When the environment is started.
enum class InitMode {
  kLazy,   // when the first invocation comes, as the public emulator does
  kEager,  // at once, as Lambda does ahead of invocations
};

// The least urgent message that is written. In the order of urgency.
enum class LogLevel { kTrace, kDebug, kInfo, kWarning, kError, kFatal, kPanic };

// Which of Lambda's limits the function is held to.
struct Enforced {
  bool memory = false;
  bool tmp = false;
  bool read_only_root = false;
  bool user = false;
  bool no_network = false;

  [[nodiscard]] bool any() const { return memory || tmp || read_only_root || user || no_network; }
  friend bool operator==(const Enforced&, const Enforced&) = default;
};

// How the log is written: lines for people, or Lambda's JSON records.
enum class LogFormat { kText, kJson };

// What the user asked for. An address is "host:port".
struct Options {
  bool help = false;
  bool version = false;

  LogLevel log_level = LogLevel::kInfo;
  LogFormat log_format = LogFormat::kText;
  LogLevel system_log_level = LogLevel::kInfo;  // of records in JSON: kDebug, kInfo or kWarning
  std::string runtime_api_address = "127.0.0.1:9001";
  std::string invoke_address;  // empty: port 8080, on every address inside a container and on
                               // loopback elsewhere
  bool init_caching = false;
  std::string availability_zone_id;  // empty: the first of the region
  std::string extensions_dir = "/opt/extensions";
  InitMode init = InitMode::kLazy;
  bool cold = false;         // a new environment for every invocation
  bool repeat_init = false;  // a failed init is tried again before its invocation fails

  Fidelity fidelity = Fidelity::kAuto;
  bool no_timeout = false;
  bool no_runtime = false;        // one that was started elsewhere attaches
  std::size_t concurrency = 1;    // environments, at most
  std::string durable_endpoint;   // "http://host:port"; empty: none
  std::vector<std::string> cors;  // origins a browser may call from, or "*"

  std::size_t queue_depth = 1024;
  std::size_t queue_bytes = 64 * 1024 * 1024;
  std::size_t event_queue_depth = 1024;
  std::size_t event_queue_bytes = 64 * 1024 * 1024;
  unsigned event_retries = 2;
  Milliseconds event_retry_delay =
      Seconds(1);                      // before the first retry; twice that before the next
  std::size_t max_request_bytes = 0;   // 0: Lambda's
  std::size_t max_event_bytes = 0;     // 0: Lambda's
  std::size_t max_response_bytes = 0;  // 0: Lambda's
  std::size_t max_streamed_bytes = 0;  // 0: Lambda's
  std::size_t stream_rate = 0;         // bytes per second after the first 6 MB; 0: no limit
  bool stream_invoke = false;          // a plain invoke gets a streamed response as it comes
  std::size_t max_head_bytes = 32 * 1024;
  std::size_t max_headers = 100;
  std::size_t max_connections = 1024;
  Seconds head_timeout{10};
  Seconds idle_timeout{60};

  Enforced enforce;
  std::size_t tmp_megabytes = 512;  // with enforce.tmp
  unsigned user_id = 993;           // with enforce.user; Lambda's sbx_user1051
  unsigned group_id = 990;

  // The runtime's command line: everything that is not a flag of ours. Empty: a bootstrap file is
  // looked for.
  std::vector<std::string> command;
};

// Reads flags from anywhere in `arguments` (without the program's name), as `--flag value` or
// `--flag=value`, and their variables from `env`; a flag beats its variable. What is not known is
// the command's. After `--` everything is. Fails too if two flags contradict each other.
[[nodiscard]] Result<Options> parse_options(std::span<const char* const> arguments, const Env& env);

// What --help prints.
[[nodiscard]] std::string help_text();

}  // namespace thimble::emulator
