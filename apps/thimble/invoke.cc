// thimble invoke: sends one event to a function that runs on this machine, and prints its answer.

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <memory>

#include <CLI/CLI.hpp>

#include <thimble/base/base64.h>
#include <thimble/base/file.h>
#include <thimble/fetch/client.h>
#include <thimble/json/query.h>

#include "request_event.h"
#include "verbs.h"

namespace thimble::cli {
namespace {

struct Options {
  std::string what;
  std::string url;
  std::uint16_t port = 8080;
  std::string function = "function";
  std::vector<std::string> headers;
  std::string data;
  bool log = false;
  double timeout = 900;
};

Result<std::string> read_stdin() {
  std::string text;
  std::string part(65536, '\0');
  for (;;) {
    const ssize_t got = ::read(STDIN_FILENO, part.data(), part.size());
    if (got < 0) return fail(system_error("read stdin"));
    if (got == 0) return text;
    text.append(part, 0, static_cast<std::size_t>(got));
  }
}

// `text`, or what the file holds that "@FILE" names, as for curl.
Result<std::string> data_of(const std::string& text) {
  if (!text.starts_with('@')) return text;
  if (text == "@-") return read_stdin();
  return read_file(text.substr(1));
}

Result<std::string> event_of(const Options& options) {
  if (is_request_line(options.what)) {
    const auto body = data_of(options.data);
    if (!body) return fail(body.error());
    return request_event({.line = options.what,
                          .headers = options.headers,
                          .body = *body,
                          .now = std::chrono::system_clock::now()});
  }
  if (!options.headers.empty() || !options.data.empty()) {
    return fail(ErrorCode::kInvalid, "--header and --data are for requests, such as 'GET /hello'");
  }
  if (options.what == "-") return read_stdin();
  std::error_code error;
  if (std::filesystem::is_regular_file(options.what, error)) return read_file(options.what);
  if (json::valid(options.what)) return options.what;
  return fail(ErrorCode::kInvalid,
              "'" + options.what + "' is no request ('GET /hello'), no file, and no JSON");
}

void print_log(const fetch::Response& response, const Context& context) {
  const auto header = response.header("X-Amz-Log-Result");
  const auto log = header ? base64_decode(*header) : Result<std::string>("");
  if (!log) return;
  std::string_view text = *log;
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (!text.empty()) context.say(text);
}

void invoke(const Options& options, Context& context) {
  auto event = event_of(options);
  if (!event) return context.fail({ExitCode::kUsage, std::move(event.error())});
  auto client = fetch::Client::open();
  if (!client) return context.fail({ExitCode::kEngine, std::move(client.error())});

  const std::string base =
      options.url.empty() ? "http://127.0.0.1:" + std::to_string(options.port) : options.url;
  fetch::Request request{.method = "POST",
                         .url = base + "/2015-03-31/functions/" + options.function + "/invocations",
                         .headers = {{"Content-Type", "application/json"}},
                         .body = std::move(*event)};
  if (options.log) request.headers.push_back({"X-Amz-Log-Type", "Tail"});
  const auto timeout = std::chrono::milliseconds(static_cast<std::int64_t>(options.timeout * 1000));
  request.timeout = timeout;
  request.idle_timeout = std::chrono::ceil<std::chrono::seconds>(timeout);
  const auto begin = std::chrono::steady_clock::now();
  auto response = client->send(request);
  if (!response) {
    const bool late = std::chrono::steady_clock::now() - begin >= timeout;
    Error error = std::move(response.error());
    if (!late) error.message += "; is the function running? 'thimble run' starts one";
    return context.fail({late ? ExitCode::kTimeout : ExitCode::kEngine, std::move(error)});
  }
  if (options.log) print_log(*response, context);
  context.print(response->body.ends_with('\n') ? response->body : response->body + "\n");
  if (response->header("X-Amz-Function-Error") || response->status >= 500) {
    context.set_exit_code(ExitCode::kFunctionError);
  } else if (!response->ok()) {
    context.fail({ExitCode::kUsage,
                  {ErrorCode::kInvalid,
                   "the function's address answered " + std::to_string(response->status)}});
  }
}

}  // namespace

void add_invoke(CLI::App& program, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand("invoke", "Send one event to a running function");
  verb->add_option("event", options->what, "'GET /hello?name=Chris', a file, - for stdin, or JSON")
      ->required();
  verb->add_option("-p,--port", options->port, "Where the function listens")->capture_default_str();
  verb->add_option("--url", options->url, "The same as a URL, instead of the port");
  verb->add_option("--function", options->function, "The function's name")->capture_default_str();
  verb->add_option("-H,--header", options->headers, "A header of the request, 'Name: value'")
      ->allow_extra_args(false);
  verb->add_option("-d,--data", options->data, "The body of the request; @FILE reads it from one");
  verb->add_flag("--log", options->log, "Show the end of the function's log on stderr");
  verb->add_option("--timeout", options->timeout, "Seconds to wait for the answer")
      ->check(CLI::Range(0.001, 86400.0))
      ->capture_default_str();
  verb->callback([options, &context] { invoke(*options, context); });
}

}  // namespace thimble::cli
