#pragma once
// Runs a handler once, without Lambda.

#include <string>
#include <vector>

#include <thimble/ric/handler.h>

#include "settings.h"

namespace thimble::ric {

// This program's arguments, its name first; nothing if the system does not tell.
[[nodiscard]] std::vector<std::string> own_arguments();

// Handles the event that `--event FILE` or `--event=FILE` names ("-" is the standard input) and
// writes the answer to stdout. Returns the exit code: 1 if the handler failed or its answer could
// not be written, with the reason on stderr; 2 if the arguments are not these.
[[nodiscard]] int run_locally(detail::Handler handler, const Settings& settings,
                              const std::vector<std::string>& arguments);

}  // namespace thimble::ric
