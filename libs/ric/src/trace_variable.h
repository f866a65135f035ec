#pragma once
// _X_AMZN_TRACE_ID, where AWS's SDKs and X-Ray's look for the trace of the invocation.

#include <string_view>

namespace thimble::ric {

// Sets the variable for this process, or removes it if `trace_id` is empty. Not for programs with
// several invocations at a time. Nothing is allocated, and nothing is left behind for each call as
// setenv does in glibc.
void set_trace_variable(std::string_view trace_id);

}  // namespace thimble::ric
