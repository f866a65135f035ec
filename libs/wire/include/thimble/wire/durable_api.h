#pragma once
// Names of Lambda's API of durable functions, version 2025-12-01
// (https://docs.aws.amazon.com/lambda/latest/api/API_GetDurableExecution.html).

#include <string_view>

namespace thimble::wire {

// Everything of durable executions and of their callbacks begins so,
inline constexpr std::string_view kDurablePrefix = "/2025-12-01/durable-";
// but for ListDurableExecutionsByFunction.
inline constexpr std::string_view kDurableFunctionsPrefix = "/2025-12-01/functions/";
inline constexpr std::string_view kDurableFunctionsSuffix = "/durable-executions";

}  // namespace thimble::wire
