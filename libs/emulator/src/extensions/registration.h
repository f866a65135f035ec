#pragma once
// What an extension asks for when it registers.

#include <string>
#include <string_view>
#include <vector>

#include "thimble/base/result.h"

namespace thimble::emulator {

struct Registration {
  std::vector<std::string> events;  // as they stand there, none is checked
  bool has_configuration_keys = false;
};

// Reads the body of a register request, {"events": [...]}; events may be null or missing.
[[nodiscard]] Result<Registration> parse_registration(std::string_view body);

// Whether accountId is one of `features`, the value of Lambda-Extension-Accept-Feature.
[[nodiscard]] bool accepts_account_id(std::string_view features);

}  // namespace thimble::emulator
