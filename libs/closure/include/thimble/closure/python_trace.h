#pragma once
// Leaves out of a Python closure what a handler does not load when it answers its events.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/closure/python_closure.h>

namespace thimble::closure {

struct TraceOptions {
  std::vector<std::filesystem::path> events;  // JSON files; one at least.
  std::string handler;                        // "app.handler"
  std::string client = "awslambdaric";  // The runtime client's module: python3 -m CLIENT HANDLER
  std::string task_root = "var/task";   // Where the client is started.
  std::vector<std::string> environment = {};  // "NAME=value", of the function.
  // Modules and packages that are imported, too, and stay as a whole: "email", "app_plugins.pdf".
  std::vector<std::string> keep = {};
  std::vector<std::string> include = {};  // As in PythonOptions.
  const FileView* base = nullptr;         // As in PythonOptions; the runs do without it.
  std::chrono::milliseconds timeout = std::chrono::minutes(2);  // Of each of the two runs.
};

struct TracedClosure {
  PythonClosure closure;  // What is left.

  // Modules and packages of which nothing is left, "ssl" or "aws_lambda_powertools", and what they
  // took, in bytes; and all that was dropped, with parts of packages.
  std::vector<std::pair<std::string, std::uint64_t>> dropped_modules;
  std::uint64_t dropped_bytes = 0;
  std::size_t dropped_files = 0;

  // How the second run was kept from what is not in the closure: "chroot", "user namespace", or
  // "folder", where this machine allows none of them: then only libraries were this machine's.
  std::string isolation;

  // For people: what these events did not reach is not there.
  std::string caveat;
};

// Runs the handler under the runtime client with each event, first in the whole closure, noting
// which files Python opens, then in what is left of it. Kept besides: all of the app, the modules
// that error reports, codecs and dates import late (python_trace.cc lists them), metadata of
// packages that are used.
//
// An event that the handler fails to answer is kInvalid, with its error: what came after it is not
// known. So is one that is answered in the whole closure and not in what is left.
[[nodiscard]] Result<TracedClosure> trace_python(const PythonClosure& closure,
                                                 const TraceOptions& options);

}  // namespace thimble::closure
