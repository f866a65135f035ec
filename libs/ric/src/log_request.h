#pragma once
// What the log has to be told: when it starts, and which invocation a thread's records belong to.

#include <string_view>

#include <thimble/ric/error.h>

namespace thimble::ric::log {

// Takes what the environment says of the log: once, before there are other threads or processes,
// for it takes a variable away.
void start();

// Of the calling thread, until it is said again; empty between invocations. The text must live that
// long.
void set_request_id(std::string_view request_id);

// Writes an error, as "what" and its type and message; in JSON they are members as well.
void write_error(std::string_view what, const HandlerError& error);

}  // namespace thimble::ric::log
