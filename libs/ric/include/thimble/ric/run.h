#pragma once
// Turns a function into a Lambda handler.

#include <functional>
#include <type_traits>

#include <thimble/ric/error.h>
#include <thimble/ric/handler.h>

namespace thimble::ric {

// What may happen to a function besides invocations.
struct Hooks {
  // SnapStart: before the snapshot is taken, and in every environment made from it. A thrown
  // exception is reported and ends the program.
  std::function<void()> before_snapshot = {};
  std::function<void()> after_restore = {};
  // The environment is about to end; Lambda leaves some 500 ms. Runs on a thread of its own,
  // perhaps beside an invocation that has timed out; then stdout is flushed and the
  // program ends, without destructors or atexit functions. With it the program registers an
  // internal extension without events, for without an extension Lambda sends no SIGTERM.
  std::function<void()> on_shutdown = {};
};

namespace detail {
[[nodiscard]] int run(Handler handler, const Hooks& hooks);
[[nodiscard]] int run(Init init, const Hooks& hooks);
}  // namespace detail

// Serves invocations with `handler` until the environment ends, and returns the program's exit
// code. A handler is
//
//   R handler(Event event)                            R: std::string, std::string_view,
//   R handler(Event event, const Context& context)       Response, a type with to_json, or void,
//                                                         or an std::expected of one of these
//   S handler(Event event, const Context& context, ResponseStream& out)
//                                                      S: void, or an std::expected of it
//
// where Event is std::string_view or std::string (the bytes as they came; the view lives until the
// handler returns) or a type with from_json, see <thimble/ric/json.h>. An event that cannot be read
// is answered with Runtime.UnmarshalError. What the handler throws, or returns as an error, is the
// answer's errorType and errorMessage; the next invocation follows.
//
// `handler` may instead be a function without parameters that returns the handler, or an
// std::expected of it: it is then part of the init phase, and what it throws or returns as an error
// is reported as an init error.
//
// With AWS_LAMBDA_MAX_CONCURRENCY (Lambda Managed Instances) as many threads call the handler at a
// time as that says. Without AWS_LAMBDA_RUNTIME_API, `program --event FILE` (or `-`) handles that
// event once and prints the answer.
template <class H>
[[nodiscard]] int run(H&& handler, const Hooks& hooks = {}) {
  if constexpr (detail::is_init<H>) {
    return detail::run(detail::make_init(handler), hooks);
  } else {
    return detail::run(detail::make_handler(handler), hooks);
  }
}

// Reports that the program cannot handle invocations, and returns the exit code for main:
//
//   if (!table) return thimble::ric::fail_init({"ConfigError", "TABLE is not set"});
[[nodiscard]] int fail_init(const HandlerError& error);

}  // namespace thimble::ric
