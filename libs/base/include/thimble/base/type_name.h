#pragma once
// Names of C++ types, for error messages.

#include <string>
#include <string_view>

namespace thimble {

// The name of a type out of its mangled form, as std::type_info has it: "N2my5ErrorE" is
// "my::Error". What is not as simple as that, a template for one, is returned as it is.
[[nodiscard]] std::string type_name(std::string_view mangled);

}  // namespace thimble
