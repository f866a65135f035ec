#pragma once
// What was thrown, as an error to report.

#include <string>
#include <string_view>

#include <thimble/ric/error.h>

namespace thimble::ric {

// Of the exception being handled: only inside a catch block.
[[nodiscard]] HandlerError current_error();

// The name of a type out of its mangled form: "N2my5ErrorE" is "my::Error". What is not as simple
// as that, a template for one, is left as it is.
[[nodiscard]] std::string type_name(std::string_view mangled);

}  // namespace thimble::ric
