#pragma once
// What an environment is given of the world around it.

#include <cstddef>
#include <string>

#include "thimble/base/event_loop.h"
#include "thimble/base/random_id.h"

#include "enforcement.h"
#include "function.h"
#include "platform_event.h"
#include "streamed_response.h"
#include "supervisor/children.h"
#include "supervisor/network_namespace.h"
#include "supervisor/spawn.h"

namespace thimble::emulator {

// The names of runtimes in the log, as the public emulator counts them: runtime-1, runtime-3, ...
class RuntimeNames {
 public:
  [[nodiscard]] std::string next() { return "runtime-" + std::to_string(1 + 2 * count_++); }

 private:
  unsigned count_ = 0;
};

// Everything referred to outlives the environment.
struct EnvironmentContext {
  EventLoop& loop;
  Children& children;
  EventBus& bus;  // its own
  RandomIds& ids;
  RuntimeNames& names;
  const Function& function;
  const Env& env;  // the emulator's own
  const InheritedState& inherited;
  std::size_t max_response_bytes;  // only printed here
  StreamLimits stream_limits;
  const Enforcement* enforcement = nullptr;   // null: nothing is enforced
  const NetworkNamespace* network = nullptr;  // its own; null: the emulator's
};

}  // namespace thimble::emulator
