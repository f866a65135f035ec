#pragma once
// How a handler says that an invocation has failed.

#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace thimble::ric {

struct StackFrame {
  std::string path = {};
  std::uint32_t line = 0;
  std::string label = {};  // the function
};

// What the caller of the function gets as `errorType`, `errorMessage` and `stackTrace`. Return it
// in an std::expected, or throw it.
//
//   return std::unexpected(HandlerError::here("OrderNotFound", "no order '17'"));
struct HandlerError {
  std::string type = "Error";
  std::string message = {};
  std::vector<StackFrame> stack = {};

  // An error whose stack is the line it was made on.
  [[nodiscard]] static HandlerError here(
      std::string type, std::string message,
      const std::source_location& location = std::source_location::current()) {
    return {std::move(type),
            std::move(message),
            {{location.file_name(), location.line(), location.function_name()}}};
  }
};

}  // namespace thimble::ric
