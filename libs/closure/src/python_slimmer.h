#pragma once
// What of a Python image a trace lets go.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "thimble/closure/python_trace.h"
#include <thimble/base/result.h>
#include <thimble/image/tree.h>

namespace thimble::closure::detail {

// Lives no longer than the closure and the options.
class PythonSlimmer final {
 public:
  // `files` are those which the handler opened, absolute paths in the image.
  PythonSlimmer(const PythonClosure& closure, const TraceOptions& options,
                const std::vector<std::string>& files);

  // Where the interpreter is: "var/lang".
  [[nodiscard]] const std::string& home() const { return home_; }

  // What stays of `tree`; the rest is counted.
  [[nodiscard]] Result<image::Tree> slim(const image::Tree& tree);

  // Sets result.dropped_modules.
  void report(TracedClosure& result) const;

 private:
  [[nodiscard]] bool stays(const std::string& source) const;
  void note_distributions();
  [[nodiscard]] std::string top_level(const std::string& path) const;

  const PythonClosure& closure_;
  const TraceOptions& options_;
  std::string home_;
  std::string stdlib_;
  std::set<std::string> used_;
  std::set<std::string> distributions_;
  std::set<std::string> kept_modules_;
  std::map<std::string, std::uint64_t> dropped_;
};

}  // namespace thimble::closure::detail
