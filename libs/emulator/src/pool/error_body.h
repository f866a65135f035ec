#pragma once
// What runtimes say of their errors, made fit to pass on.

#include <optional>
#include <string>
#include <string_view>

namespace thimble::emulator {

// The answer to a caller when an error with a cause cannot be read.
inline constexpr std::string_view kInvalidErrorBody = "\"Invalid error body\"";

// Lambda-Runtime-Function-Error-Type as it is if it has the documented form (Runtime. or Function.,
// then a capital and letters), else Function.Unknown for Function.*, else Runtime.Unknown.
[[nodiscard]] std::string_view valid_error_type(std::string_view type);

// Of an error with a cause only errorMessage, errorType and stackTrace, as JSON; nothing if `body`
// is not an object.
[[nodiscard]] std::optional<std::string> without_cause(std::string_view body);

}  // namespace thimble::emulator
