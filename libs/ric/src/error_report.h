#pragma once
// An error as Lambda wants to hear of it.

#include <cstddef>
#include <string>
#include <string_view>

#include <thimble/ric/error.h>

namespace thimble::ric {

// Headers, for which servers have less room than for a body: often 8 KiB for all of them.
inline constexpr std::size_t kMostCause = 6 * 1024;
inline constexpr std::size_t kMostTypeHeader = 1024;

// The type, or what stands for none.
[[nodiscard]] inline std::string_view type_of(const HandlerError& error) {
  return error.type.empty() ? std::string_view("Error") : error.type;
}

// Appends {"errorMessage":…,"errorType":…,"stackTrace":[{"path":…,"line":…,"label":…}…]}
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-invokeerror).
void write_error_body(const HandlerError& error, std::string& out);

// The same for a trailer, for which servers have less room than for a body: what is long is
// shortened.
void write_short_error_body(const HandlerError& error, std::string& out);

// The value of Lambda-Runtime-Function-XRay-Error-Cause: the working directory, and the exception
// with its stack, shortened to kMostCause bytes; in ASCII.
[[nodiscard]] std::string xray_cause(const HandlerError& error);

// `type` as a header's value: what is not printable ASCII becomes '?'.
[[nodiscard]] std::string header_text(std::string_view type);

}  // namespace thimble::ric
