#pragma once
// Which function, and which version or alias of it, a path names
// (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).

#include <string>
#include <string_view>

#include "thimble/base/result.h"

namespace thimble::emulator {

// The parts of a function's name as callers write it.
struct FunctionReference {
  std::string name;
  std::string qualifier;  // a version, $LATEST or an alias; empty: none
};

// Reads NAME, NAME:QUALIFIER, ACCOUNT:function:NAME[:QUALIFIER] or a whole ARN, percent-encoded as
// paths are, and the parameter Qualifier of `query`. Fails, in Lambda's words, if the two name
// different qualifiers or one has a form no qualifier has. The name itself is taken as it is.
[[nodiscard]] Result<FunctionReference> parse_function_reference(std::string_view path_segment,
                                                                 std::string_view query);

}  // namespace thimble::emulator
