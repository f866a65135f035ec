#include "settings.h"

#include <algorithm>
#include <cstdlib>

#include <thimble/base/parse_number.h>

namespace thimble::ric {
namespace {

// More threads than that are nobody's wish.
constexpr int kMostConcurrency = 1024;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

}  // namespace

Settings Settings::from_environment() {
  return {
      .runtime_api = variable("AWS_LAMBDA_RUNTIME_API"),
      .function_name = variable("AWS_LAMBDA_FUNCTION_NAME"),
      .function_version = variable("AWS_LAMBDA_FUNCTION_VERSION"),
      .memory_limit_mb = parse_number<int>(variable("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")).value_or(0),
      .log_group_name = variable("AWS_LAMBDA_LOG_GROUP_NAME"),
      .log_stream_name = variable("AWS_LAMBDA_LOG_STREAM_NAME"),
      .concurrency =
          std::clamp(parse_number<int>(variable("AWS_LAMBDA_MAX_CONCURRENCY")).value_or(1), 1,
                     kMostConcurrency),
      .is_snap_start = variable("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start",
  };
}

}  // namespace thimble::ric
