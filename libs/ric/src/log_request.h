#pragma once
// Which invocation a thread's log records belong to.

#include <string_view>

namespace thimble::ric::log {

// Of the calling thread, until it is said again; empty between invocations. The text must live that
// long.
void set_request_id(std::string_view request_id);

}  // namespace thimble::ric::log
