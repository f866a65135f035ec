#pragma once
// What the log has to be told: when it starts, and which invocation a thread's records belong to.

#include <string_view>

namespace thimble::ric::log {

// Takes what the environment says of the log: once, before there are other threads or processes,
// for it takes a variable away.
void start();

// Of the calling thread, until it is said again; empty between invocations. The text must live that
// long.
void set_request_id(std::string_view request_id);

}  // namespace thimble::ric::log
