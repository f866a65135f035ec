// A handler for tests: it does what the first word of the event says (as plain text or as a JSON
// string), and answers with the event itself if that is none of its verbs. HANDLER chooses another
// kind of handler, HOOKS what happens besides invocations. What it prints goes to stdout, a line
// each.

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <expected>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include <thimble/ric.h>
#include <thimble/ric/extension.h>

namespace app {

// Errors of its own.
struct Trouble : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct Opaque {};

}  // namespace app

namespace {

using namespace thimble;
using ric::Context;
using ric::HandlerError;
using ric::Response;
using ric::ResponseStream;

void say(std::string_view line) {
  const std::string text = std::string(line) + "\n";
  if (::write(STDOUT_FILENO, text.data(), text.size()) < 0) std::abort();
}

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool has_hook(std::string_view name) {
  return (" " + variable("HOOKS") + " ").contains(" " + std::string(name) + " ");
}

// The first word of `text`, which loses it.
std::string take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string word(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

// What is in a JSON string without escapes; Lambda's own events are JSON.
std::string_view unquoted(std::string_view text) {
  const bool is_quoted = text.size() >= 2 && text.starts_with('"') && text.ends_with('"');
  return is_quoted ? text.substr(1, text.size() - 2) : text;
}

// Until the file is there; a test that has failed removes the folder, which is the end as well.
void wait_for(const std::string& path) {
  struct stat found{};
  const std::string folder = path.substr(0, path.rfind('/'));
  while (::stat(path.c_str(), &found) != 0 && ::stat(folder.c_str(), &found) == 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

std::string describe(const Context& context) {
  std::string text;
  const auto add = [&text](std::string_view name, std::string_view value) {
    text.append(name).append("=").append(value).append("\n");
  };
  add("request_id", context.request_id);
  add("deadline", std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(
                                     context.deadline.time_since_epoch())
                                     .count()));
  add("remaining", std::to_string(context.remaining_time().count()));
  add("invoked_function_arn", context.invoked_function_arn);
  add("trace_id", context.trace_id);
  add("client_context", context.client_context);
  add("cognito_identity", context.cognito_identity);
  add("tenant_id", context.tenant_id);
  add("invocation_id", context.invocation_id);
  add("durable_execution_name", context.durable_execution_name);
  add("durable_execution_arn", context.durable_execution_arn);
  add("function_name", context.function_name);
  add("function_version", context.function_version);
  add("memory_limit_mb", std::to_string(context.memory_limit_mb));
  add("log_group_name", context.log_group_name);
  add("log_stream_name", context.log_stream_name);
  return text;
}

// One object for many throws, as of something that failed once and is asked for again.
std::exception_ptr saved_error() {
  static const std::exception_ptr saved =
      std::make_exception_ptr(HandlerError{"Saved", "once and for all"});
  return saved;
}

void throw_it(std::string_view kind, std::string_view text) {
  if (kind == "runtime_error") throw std::runtime_error(std::string(text));
  if (kind == "own") throw app::Trouble(std::string(text));
  if (kind == "opaque") throw app::Opaque();
  if (kind == "int") throw 42;
  if (kind == "string") throw std::string(text);
  if (kind == "literal") throw "a literal";
  if (kind == "bad_alloc") throw std::bad_alloc();
  if (kind == "saved") std::rethrow_exception(saved_error());
  throw HandlerError{.type = "App.Error", .message = std::string(text)};
}

void log_it(std::string_view level, std::string_view text) {
  using ric::log::Level;
  constexpr std::string_view kNames[] = {"trace", "debug", "info", "warn", "error", "fatal"};
  for (int i = 0; i < 6; ++i) {
    if (level == kNames[i]) {
      ric::log::write(static_cast<Level>(i + 1), text,
                      {{"count", 3}, {"ok", true}, {"share", 0.5}, {"name", "\"n\"\n"}});
    }
  }
}

std::expected<Response, HandlerError> handle(std::string_view event, const Context& context) {
  std::string_view rest = unquoted(event);
  const std::string verb = take_word(rest);
  if (verb == "context") return Response{describe(context), "text/plain"};
  if (verb == "variable") return Response{variable(std::string(rest).c_str())};
  if (verb == "replace_variable") {
    ::setenv("_X_AMZN_TRACE_ID", "mine", 1);
  } else if (verb == "type") {
    return Response{"x", std::string(rest)};
  } else if (verb == "large") {
    return Response{std::string(std::stoul(std::string(rest)), 'x')};
  } else if (verb == "log") {
    const std::string level = take_word(rest);
    log_it(level, rest);
  } else if (verb == "log_large") {
    for (int i = 0; i < 20; ++i) ric::log::info(std::string(20000, rest[0]));
  } else if (verb == "wait_for") {
    wait_for(std::string(rest));
  } else if (verb == "begin_and_wait_for") {
    say("begun");
    wait_for(std::string(rest));
  } else if (verb == "throw") {
    const std::string kind = take_word(rest);
    throw_it(kind, rest);
  } else if (verb == "fail") {
    return std::unexpected(HandlerError{.type = take_word(rest), .message = std::string(rest)});
  } else if (verb == "fail_here") {
    return std::unexpected(HandlerError::here("App.Here", std::string(rest)));
  } else if (verb == "fail_deep") {
    HandlerError error{.type = "App.Deep", .message = std::string(20000, 'm')};
    error.stack.resize(100, {std::string(5000, 'p'), 7, std::string(5000, 'l')});
    return std::unexpected(std::move(error));
  } else if (verb == "exit") {
    std::exit(std::stoi(std::string(rest)));
  }
  return Response{std::string(event)};
}

// The same bytes, which are not copied.
std::string_view echo(std::string_view event) {
  return event;
}

// "w TEXT" writes, "wait_for FILE" waits, "say TEXT" prints, "head" says the HTTP head, "type TYPE"
// a content type, "large COUNT SIZE" writes pieces, "fail TYPE TEXT" and "throw KIND TEXT" end it.
// A semicolon stands between two of these.
Result<void> write_pieces(std::size_t count, std::size_t size, ResponseStream& out) {
  const std::string piece(size, 'x');
  for (std::size_t i = 0; i < count; ++i) {
    if (auto sent = out.write(piece); !sent) {
      say("write failed: " + sent.error().message);
      return sent;
    }
  }
  return {};
}

std::expected<void, HandlerError> stream(std::string_view event, const Context& context,
                                         ResponseStream& out) {
  event = unquoted(event);
  while (!event.empty()) {
    std::string_view rest = event.substr(0, event.find(';'));
    event.remove_prefix(std::min(rest.size() + 1, event.size()));
    const std::string verb = take_word(rest);
    Result<void> sent;
    if (verb == "w") {
      sent = out.write(rest);
    } else if (verb == "context") {
      sent = out.write(describe(context));
    } else if (verb == "flush") {
      sent = out.flush();
    } else if (verb == "head") {
      out.set_http_head({.status_code = 201,
                         .headers = {{"Content-Type", "text/html"}, {"X-Quote", "\"\r\n"}},
                         .cookies = {"a=b", "c=d"}});
    } else if (verb == "type") {
      // Line ends cannot be written into a test's event otherwise.
      out.set_content_type(rest == "split" ? "text/plain\r\nX: y" : std::string(rest));
    } else if (verb == "wait_for") {
      wait_for(std::string(rest));
    } else if (verb == "say") {
      say(rest);
    } else if (verb == "large") {
      const std::size_t count = std::stoul(take_word(rest));
      sent = write_pieces(count, std::stoul(std::string(rest)), out);
    } else if (verb == "fail") {
      return std::unexpected(HandlerError{.type = take_word(rest), .message = std::string(rest)});
    } else if (verb == "throw") {
      const std::string kind = take_word(rest);
      throw_it(kind, rest);
    }
    if (!sent) return std::unexpected(HandlerError{"App.Gone", sent.error().message});
  }
  return {};
}

// {"name": …} as far as this needs it.
struct Named {
  std::string name;

  static Result<Named> from_json(std::string_view text) {
    if (!text.starts_with("{\"name\":\"") || !text.ends_with("\"}")) {
      return fail(ErrorCode::kInvalid, "no name in '" + std::string(text) + "'");
    }
    return Named{std::string(text.substr(9, text.size() - 11))};
  }
  void to_json(std::string& out) const { out.append("{\"hello\":\"").append(name).append("\"}"); }
};

Named greet(const Named& named) {
  return named;
}

using Plain = std::expected<Response, HandlerError> (*)(std::string_view, const Context&);

Plain init() {
  say("init");
  return &handle;
}

Plain init_throws() {
  throw app::Trouble("no database");
}

std::expected<Plain, HandlerError> init_fails() {
  return std::unexpected(HandlerError::here("App.InitError",
                                            "no t\xC3\xA4"
                                            "ble"));
}

ric::Hooks hooks() {
  ric::Hooks hooks;
  if (has_hook("snapshot")) {
    hooks.before_snapshot = [] {
      say("before the snapshot");
      if (has_hook("snapshot_fails")) throw app::Trouble("not now");
    };
    hooks.after_restore = [] {
      say("after the restore");
      if (has_hook("restore_fails")) throw app::Trouble("not there");
    };
  }
  if (has_hook("shutdown")) {
    hooks.on_shutdown = [] {
      say("shutting down");
      if (const std::string file = variable("SHUTDOWN_WAITS_FOR"); !file.empty()) wait_for(file);
      if (has_hook("shutdown_fails")) throw app::Trouble("no goodbye");
      say("goodbye");
    };
  }
  return hooks;
}

}  // namespace

// An extension that writes what it is told to stdout. $SUBSCRIBE is a telemetry destination,
// $REPORT what it ends with at once.
int extend() {
  const auto failed = [](const thimble::Error& error) {
    ric::log::error(error.message);
    return 1;
  };
  auto extension = ric::Extension::start({.name = "an-extension"});
  if (!extension) return failed(extension.error());
  std::printf("%s %s %s\n", std::string(extension->id()).c_str(),
              std::string(extension->function_name()).c_str(),
              std::string(extension->function_version()).c_str());
  if (const std::string where = variable("SUBSCRIBE"); !where.empty()) {
    auto subscribed = extension->subscribe({.destination = where,
                                            .extension = true,
                                            .max_items = 1000,
                                            .max_bytes = 262144,
                                            .timeout = std::chrono::milliseconds(100)});
    if (!subscribed) return failed(subscribed.error());
  }
  if (const std::string what = variable("REPORT"); !what.empty()) {
    const auto told = what == "init" ? extension->report_init_error("My.Error", "é\n")
                                     : extension->report_exit_error("My.Error", "é\n");
    return told ? 3 : failed(told.error());
  }
  while (true) {
    const auto event = extension->next();
    if (!event) return failed(event.error());
    const bool is_end = event->type == ric::ExtensionEvent::Type::kShutdown;
    std::printf("%s [%s] [%s] [%s] [%s] %lld\n", is_end ? "shutdown" : "invoke",
                event->request_id.c_str(), event->invoked_function_arn.c_str(),
                event->trace_id.c_str(), event->shutdown_reason.c_str(),
                static_cast<long long>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                           event->deadline.time_since_epoch())
                                           .count()));
    std::fflush(stdout);
    if (is_end) return 0;
  }
}

int main() {
  const std::string kind = variable("HANDLER");
  if (kind == "extension") return extend();
  if (kind == "echo") return ric::run(echo, hooks());
  if (kind == "stream") return ric::run(stream, hooks());
  if (kind == "typed") return ric::run(greet, hooks());
  if (kind == "init") return ric::run(init, hooks());
  if (kind == "init_throws") return ric::run(init_throws, hooks());
  if (kind == "init_fails") return ric::run(init_fails, hooks());
  if (kind == "fail_init") return ric::fail_init({"App.ConfigError", "TABLE is not set"});
  return ric::run(handle, hooks());
}
