#pragma once
// Turns the text of a JSON number into a C++ number, or says why it cannot.

#include <cstdint>
#include <string_view>

#include <thimble/base/result.h>

namespace thimble::json {

// `number` is the text of a `Token::kNumber`; these convert it and do not check its grammar again.

// Fails for a fraction, an exponent (1e3 is no integer here), and what is outside of int64. -0 is
// 0.
[[nodiscard]] Result<std::int64_t> to_int64(std::string_view number);

// The nearest double; a magnitude too small for one is a zero of its sign, one too large fails.
[[nodiscard]] Result<double> to_double(std::string_view number);

}  // namespace thimble::json
