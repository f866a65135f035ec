#pragma once
// What the environment says about the function.

#include <string>

namespace thimble::ric {

// The environment variables Lambda sets
// (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime);
// empty if they are not set.
struct Settings {
  std::string runtime_api;
  std::string function_name;
  std::string function_version;
  int memory_limit_mb = 0;
  std::string log_group_name;
  std::string log_stream_name;
  // AWS_LAMBDA_MAX_CONCURRENCY: how many invocations run at a time; 1 unless it is a larger number.
  int concurrency = 1;
  bool is_snap_start = false;

  [[nodiscard]] static Settings from_environment();
};

}  // namespace thimble::ric
