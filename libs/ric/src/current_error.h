#pragma once
// What was thrown, as an error to report.

#include <thimble/ric/error.h>

namespace thimble::ric {

// Of the exception being handled: only inside a catch block.
[[nodiscard]] HandlerError current_error();

}  // namespace thimble::ric
