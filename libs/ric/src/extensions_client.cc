#include "extensions_client.h"

#include <thimble/json/writer.h>
#include <thimble/wire/extensions_api.h>
#include <thimble/wire/telemetry_api.h>

namespace thimble::ric {

Result<std::string_view> ExtensionsClient::ask(std::string_view body, std::string_view what) {
  if (auto asked = connection_.exchange(head_.text(), body); !asked) {
    return fail(std::move(asked.error()).during(what));
  }
  const ResponseReader& response = connection_.response();
  if (response.status() >= 200 && response.status() < 300) return response.body();
  std::string message = joined({what, ": "});
  append_number(message, static_cast<std::size_t>(response.status()));
  return fail(ErrorCode::kInvalid, joined({message, " ", response.body()}));
}

Result<std::string_view> ExtensionsClient::register_extension(
    std::string_view name, std::initializer_list<std::string_view> events) {
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("events").begin_array();
  for (const std::string_view event : events) writer.string(event);
  writer.end_array().end_object();
  head_.start("POST", {wire::kExtensionRegister});
  head_.header(wire::kExtensionName, name);
  head_.end("application/json", body.size());
  auto answer = ask(body, "register the extension");
  if (!answer) return answer;
  std::string_view lines = connection_.response().header_lines();
  Header header;
  while (take_header(lines, header)) {
    if (same_text_ignoring_case(header.name, wire::kExtensionIdentifier)) {
      identifier_ = header.value;
    }
  }
  if (identifier_.empty()) {
    return fail(ErrorCode::kInvalid, "register the extension: the answer has no identifier");
  }
  return answer;
}

void ExtensionsClient::start_next() {
  head_.start("GET", {wire::kExtensionNext});
  head_.header(wire::kExtensionIdentifier, identifier_);
  head_.end();
}

Result<std::string_view> ExtensionsClient::next() {
  start_next();
  return ask({}, "get the next event");
}

Result<void> ExtensionsClient::ask_for_next() {
  start_next();
  return connection_.begin(head_.text());
}

Result<void> ExtensionsClient::post_error(std::string_view path, std::string_view type,
                                          std::string_view message) {
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("errorMessage").string(message).key("errorType").string(type);
  writer.key("stackTrace").begin_array().end_array().end_object();
  head_.start("POST", {path});
  head_.header(wire::kExtensionIdentifier, identifier_);
  head_.header(wire::kExtensionErrorType, type);
  head_.end("application/json", body.size());
  if (auto posted = ask(body, "post the error"); !posted) return fail(std::move(posted.error()));
  return {};
}

Result<void> ExtensionsClient::subscribe(std::string_view body) {
  head_.start("PUT", {wire::kTelemetry});
  head_.header(wire::kExtensionIdentifier, identifier_);
  head_.end("application/json", body.size());
  if (auto subscribed = ask(body, "subscribe to telemetry"); !subscribed) {
    return fail(std::move(subscribed.error()));
  }
  return {};
}

}  // namespace thimble::ric
