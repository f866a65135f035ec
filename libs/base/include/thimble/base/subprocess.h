#pragma once
// Other programs, run to their end.

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <thimble/base/result.h>

namespace thimble {

// What to run. `argv[0]` is looked up in PATH unless it holds a slash.
struct Command {
  std::vector<std::string> argv = {};
  std::filesystem::path directory = {};                      // Empty: the caller's.
  std::optional<std::vector<std::string>> environment = {};  // "NAME=value"; none: the caller's.
  std::string input = {};                                    // What it reads from its stdin.
  bool merge_stderr = false;                                 // stderr goes where stdout goes.
  std::size_t max_output = std::size_t{64} << 20;            // Of each; more is kLimit.
  std::optional<std::chrono::milliseconds> timeout = {};     // Then it is killed: kLimit.
};

// How it ended.
struct Finished {
  int exit_code = 0;  // 128 + the signal if one ended it, as in a shell.
  std::string out;
  std::string err;
};

// Runs a program and waits for its end, reading all that it writes. Any exit code is a success of
// this call; kNotFound if there is no such program. Safe in any thread; SIGPIPE is not raised.
[[nodiscard]] Result<Finished> run(const Command& command);

}  // namespace thimble
