#include "environment.h"

namespace thimble::emulator {

std::string_view name_of(EnvironmentState state) {
  switch (state) {
    case EnvironmentState::kStopped:
      return "Stopped";
    case EnvironmentState::kStarting:
      return "Starting";
    case EnvironmentState::kInitializing:
      return "Initializing";
    case EnvironmentState::kIdle:
      return "Idle";
    case EnvironmentState::kBusy:
      return "Busy";
    case EnvironmentState::kResetting:
      return "Resetting";
  }
  return "";
}

bool can_become(EnvironmentState from, EnvironmentState to) {
  using enum EnvironmentState;
  switch (from) {
    case kStopped:
      return to == kStarting;
    case kStarting:
      return to == kInitializing || to == kResetting || to == kStopped;
    case kInitializing:
      return to == kIdle || to == kResetting;
    case kIdle:
      return to == kBusy || to == kResetting;
    case kBusy:
      return to == kIdle || to == kResetting;
    case kResetting:
      return to == kStopped;
  }
  return false;
}

}  // namespace thimble::emulator
