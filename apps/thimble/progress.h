#pragma once
// Says on stderr what is being done, and how long it took.

#include <chrono>
#include <string>
#include <string_view>

#include "context.h"

namespace thimble::cli {

// Steps of a verb, one after the other. Each gets a line when it is done; on a terminal it is named
// while it runs.
class Progress final {
 public:
  Progress(const Context& context, bool quiet);

  // Begins a step; the one before is done.
  void step(std::string name);

  // What the step that runs has come to, shown behind its name.
  void detail(std::string_view text) { detail_ = text; }

  // The last step is done.
  void done();

  // It has failed: what went wrong is said by others.
  void abandon();

 private:
  using Clock = std::chrono::steady_clock;

  const Context& context_;
  bool quiet_;
  bool terminal_;
  std::string name_;
  std::string detail_;
  Clock::time_point begin_;
};

// "3.5 MB", "812 KB", "17 B": decimal, as registries count.
[[nodiscard]] std::string human_size(std::uint64_t bytes);

}  // namespace thimble::cli
