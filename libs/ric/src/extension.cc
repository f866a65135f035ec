#include "thimble/ric/extension.h"

#include <cstdlib>
#include <utility>

#include <thimble/json/reader.h>
#include <thimble/json/writer.h>
#include <thimble/wire/extensions_api.h>

#include "deadline.h"
#include "error_report.h"
#include "extensions_client.h"

namespace thimble::ric {
namespace {

using json::Reader;

std::string read_text(Reader& in) {
  return in.read_null() ? std::string() : std::string(in.read_string());
}

Result<ExtensionEvent> read_event(std::string_view text) {
  ExtensionEvent event;
  bool has_type = false;
  std::string scratch;
  Reader in(text, scratch);
  in.enter_object();
  while (auto key = in.next_key()) {
    if (*key == "eventType") {
      const std::string_view type = in.read_string();
      has_type = true;
      if (type == "SHUTDOWN") {
        event.type = ExtensionEvent::Type::kShutdown;
      } else if (type != "INVOKE") {
        return fail(ErrorCode::kInvalid, joined({"read the event: what is a '", type, "'?"}));
      }
    } else if (*key == "deadlineMs") {
      event.deadline = deadline_of(in.read_int64());
    } else if (*key == "requestId") {
      event.request_id = read_text(in);
    } else if (*key == "invokedFunctionArn") {
      event.invoked_function_arn = read_text(in);
    } else if (*key == "shutdownReason") {
      event.shutdown_reason = read_text(in);
    } else if (*key == "tracing" && !in.read_null()) {
      in.enter_object();
      while (auto member = in.next_key()) {
        if (*member == "value") event.trace_id = read_text(in);
      }
    }
  }
  if (auto done = in.finish(); !done) return fail(std::move(done.error()).during("read the event"));
  if (!has_type) return fail(ErrorCode::kInvalid, "read the event: it has no eventType");
  return event;
}

}  // namespace

class Extension::Impl final {
 public:
  explicit Impl(Endpoint endpoint) : client(std::move(endpoint)) {}

  ExtensionsClient client;
  std::string function_name;
  std::string function_version;
};

Extension::Extension(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Extension::Extension(Extension&&) noexcept = default;
Extension& Extension::operator=(Extension&&) noexcept = default;
Extension::~Extension() = default;

Result<Extension> Extension::start(ExtensionOptions options) {
  if (options.runtime_api.empty()) {
    const char* const address = std::getenv("AWS_LAMBDA_RUNTIME_API");
    if (address == nullptr || *address == '\0') {
      return fail(ErrorCode::kInvalid, "AWS_LAMBDA_RUNTIME_API is not set");
    }
    options.runtime_api = address;
  }
  if (options.name.empty() || header_text(options.name) != options.name) {
    return fail(ErrorCode::kInvalid, joined({"'", options.name, "' is no extension's name"}));
  }
  auto endpoint = Endpoint::parse(options.runtime_api);
  if (!endpoint) return fail(std::move(endpoint.error()).during("AWS_LAMBDA_RUNTIME_API"));
  auto impl = std::make_unique<Impl>(*std::move(endpoint));
  Result<std::string_view> answer;
  if (options.wants_invoke && options.wants_shutdown) {
    answer = impl->client.register_extension(options.name, {"INVOKE", "SHUTDOWN"});
  } else if (options.wants_invoke) {
    answer = impl->client.register_extension(options.name, {"INVOKE"});
  } else if (options.wants_shutdown) {
    answer = impl->client.register_extension(options.name, {"SHUTDOWN"});
  } else {
    answer = impl->client.register_extension(options.name, {});
  }
  if (!answer) return fail(std::move(answer.error()));
  std::string scratch;
  Reader in(*answer, scratch);
  in.enter_object();
  while (auto key = in.next_key()) {
    if (*key == "functionName") {
      impl->function_name = read_text(in);
    } else if (*key == "functionVersion") {
      impl->function_version = read_text(in);
    }
  }
  if (auto done = in.finish(); !done) {
    return fail(std::move(done.error()).during("register the extension"));
  }
  return Extension(std::move(impl));
}

Result<ExtensionEvent> Extension::next() {
  const auto text = impl_->client.next();
  if (!text) return fail(text.error());
  return read_event(*text);
}

Result<void> Extension::subscribe(const TelemetrySubscription& subscription) {
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("schemaVersion").string(subscription.schema_version);
  writer.key("types").begin_array();
  if (subscription.platform) writer.string("platform");
  if (subscription.function) writer.string("function");
  if (subscription.extension) writer.string("extension");
  writer.end_array();
  writer.key("buffering").begin_object();
  if (subscription.max_items > 0) writer.key("maxItems").integer(subscription.max_items);
  if (subscription.max_bytes > 0) writer.key("maxBytes").integer(subscription.max_bytes);
  if (subscription.timeout.count() > 0) {
    writer.key("timeoutMs").integer(static_cast<std::int64_t>(subscription.timeout.count()));
  }
  writer.end_object().key("destination").begin_object();
  constexpr std::string_view kTcp = "tcp://";
  const std::string_view to = subscription.destination;
  if (to.starts_with(kTcp)) {
    const auto port = to.substr(to.rfind(':') + 1);
    if (!port.empty() && port.find_first_not_of("0123456789") == std::string_view::npos) {
      writer.key("protocol").string("TCP").key("port").raw(port);
    } else {
      return fail(ErrorCode::kInvalid, joined({"'", to, "' has no port"}));
    }
  } else {
    writer.key("protocol").string("HTTP").key("URI").string(to);
  }
  writer.end_object().end_object();
  return impl_->client.subscribe(body);
}

Result<void> Extension::report_init_error(std::string_view type, std::string_view message) {
  return impl_->client.post_error(wire::kExtensionInitError, header_text(type), message);
}

Result<void> Extension::report_exit_error(std::string_view type, std::string_view message) {
  return impl_->client.post_error(wire::kExtensionExitError, header_text(type), message);
}

std::string_view Extension::id() const {
  return impl_->client.identifier();
}
std::string_view Extension::function_name() const {
  return impl_->function_name;
}
std::string_view Extension::function_version() const {
  return impl_->function_version;
}

}  // namespace thimble::ric
