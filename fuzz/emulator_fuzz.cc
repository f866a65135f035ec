// Reads any bytes as what a runtime says of its error, as a command line, and as what an extension
// subscribes to.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/emulator/options.h>
#include <thimble/json/query.h>

#include "pool/error_body.h"
#include "telemetry/subscription.h"

namespace {

using namespace thimble;

void check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

void check_error(std::string_view bytes) {
  const std::string type(emulator::valid_error_type(bytes));
  check(type.starts_with("Runtime.") || type.starts_with("Function."), "a type has its prefix");
  check(type.find_first_of("\r\n \"<") == std::string::npos, "a type is one word");
  check(emulator::valid_error_type(type) == type, "a valid type stays as it is");

  const auto body = emulator::without_cause(bytes);
  check(!body || json::valid(bytes), "only JSON loses its cause");
  if (!body) return;
  check(json::valid(*body), "what is passed on is JSON");
  const auto again = emulator::without_cause(*body);
  check(again == *body, "what has no cause stays as it is");
}

void check_options(const std::string& lines) {
  std::vector<std::string> words(1);
  for (const char c : lines) {
    if (c == '\n' || c == '\0') {
      words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  std::vector<const char*> arguments;
  arguments.reserve(words.size());
  for (const std::string& word : words) arguments.push_back(word.c_str());
  const auto options = emulator::parse_options(arguments, {});
  if (!options) {
    check(options.error().message.starts_with("--"), "an error names its flag");
    return;
  }
  check(options->command.size() <= words.size(), "no word is made up");
  check(options->queue_depth > 0 && options->max_headers > 0, "a limit is above zero");
}

void check_subscription(emulator::SubscriptionApi api, std::string_view bytes) {
  const auto subscription = emulator::parse_subscription(api, bytes, {});
  if (!subscription) {
    check(!subscription.error().message.empty(), "a refusal says why");
    return;
  }
  check(json::valid(bytes), "only JSON subscribes");
  check(subscription->api() == api, "a schema is of its API");
  check(!subscription->types.empty() && subscription->types.size() <= 3, "a type counts once");
  const emulator::Destination& destination = subscription->destination;
  check(destination.port != 0 && destination.port != 9001, "a destination has a port of its own");
  check(destination.target.starts_with('/'), "a target begins with a slash");
  check(destination.target.find_first_of("\r\n ") == std::string::npos, "a target is one word");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_error(bytes);
  check_options(std::string(bytes));
  check_subscription(emulator::SubscriptionApi::kTelemetry, bytes);
  check_subscription(emulator::SubscriptionApi::kLogs, bytes);
  return 0;
}
