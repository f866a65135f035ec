#pragma once
// Runs a Python handler on events, as Lambda would, in a root of its own.

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "thimble/closure/python_trace.h"
#include <thimble/base/result.h>

namespace thimble::closure::detail {

// How one run went.
struct Run {
  bool in_time = false;
  std::vector<std::pair<std::string, std::string>>
      outcomes;  // "response" or "error", and the body.
  std::string output;
  std::vector<std::string> files;
};

// Ways to give a process another root.
struct Isolation {
  std::string name;
  std::vector<std::string> command;  // In front of: sh -c SCRIPT ROOT ...
};

// Lives no longer than the closure and the options.
class EventRunner final {
 public:
  EventRunner(const PythonClosure& closure, const TraceOptions& options);

  [[nodiscard]] const std::string& isolation() const { return isolation_.name; }

  // Runs the handler on all events in what these trees hold; with `trace`, the files that it opens
  // are in the result.
  [[nodiscard]] Result<Run> run_in(const PythonClosure& closure, bool trace) const;

 private:
  [[nodiscard]] std::string describe(const std::filesystem::path& root, bool trace) const;

  const PythonClosure& closure_;
  const TraceOptions& options_;
  Isolation isolation_;
};

// Whether every event was answered; `where` begins the error.
[[nodiscard]] Result<void> check_run(const Run& run, const TraceOptions& options,
                                     const std::string& where);

}  // namespace thimble::closure::detail
