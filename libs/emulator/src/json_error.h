#pragma once
// Error objects as Lambda and the public emulator write them.

#include <string>
#include <string_view>

namespace thimble::emulator {

// {"errorMessage":"...","errorType":"..."} and a line end: what the Runtime API answers.
[[nodiscard]] std::string runtime_api_error(std::string_view type, std::string_view message);

// {"errorType":"...","errorMessage":"..."}: what a caller gets.
[[nodiscard]] std::string function_error(std::string_view type, std::string_view message);

}  // namespace thimble::emulator
