#pragma once
// The function that is emulated: what Lambda would know of it from its configuration.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "thimble/base/clock.h"
#include "thimble/base/env.h"
#include "thimble/base/result.h"
#include "thimble/emulator/options.h"

namespace thimble::emulator {

// How the runtime is started.
struct Command {
  std::string file;               // what is executed
  std::vector<std::string> argv;  // argv[0] as the user wrote it
  std::string working_directory;
  bool is_given = false;  // on the command line, rather than a bootstrap that was found
};

struct Function {
  std::string name;
  std::string version;
  std::string arn;
  std::string account_id;
  std::string memory_mb;           // as it was written; only printed
  std::optional<Seconds> timeout;  // none: --no-timeout, or attached and not given
  std::string handler;             // may be empty
  bool is_attached = false;        // --no-runtime: the runtime is started by somebody else
  bool is_cold = false;            // --cold: an environment ends with its first invocation
  bool repeats_init = false;       // --repeat-init: after a failure once, for the same invocation
  Command command;                 // nothing if it is attached
  // Where runtimes look for the code: Lambda's folder, or where that is not, the working directory.
  std::string task_root = "/var/task";
  std::string extensions_folder;
  bool is_snap_start = false;
  std::size_t max_concurrency = 0;  // of a managed instance; 0: it is none
  std::string credentials_token;    // of SnapStart's credentials endpoint
  std::string availability_zone_id;
  std::string metadata_token;  // what a request for the zone must carry

  [[nodiscard]] bool is_managed() const { return max_concurrency > 0; }
  // The runtime's AWS_LAMBDA_INITIALIZATION_TYPE.
  [[nodiscard]] std::string_view initialization_type() const {
    if (is_managed()) return "lambda-managed-instances";
    return is_snap_start ? "snap-start" : "on-demand";
  }

  // The ARN an invocation with this qualifier is told; empty: without one.
  [[nodiscard]] std::string arn_of(const std::string& qualifier) const {
    return qualifier.empty() ? arn : arn + ":" + qualifier;
  }

  // What an invocation with this qualifier is told of its version; empty: the function's own.
  [[nodiscard]] const std::string& version_of(const std::string& qualifier) const {
    return qualifier.empty() ? version : qualifier;
  }
};

// Takes the configuration from AWS_LAMBDA_FUNCTION_* and friends and finds the runtime's file.
// Fails, naming the variable or the file, if a value is wrong or nothing can be executed.
[[nodiscard]] Result<Function> load_function(const Options& options, const Env& env);

// What the runtime's process gets: everything the emulator was given, and what Lambda adds to it
// (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html).
[[nodiscard]] Env runtime_env(const Env& own, const Function& function,
                              const std::string& runtime_api);

}  // namespace thimble::emulator
