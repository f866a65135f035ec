// What an extension may ask, and when. The texts are the public emulator's.

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "thimble/base/random_id.h"
#include "thimble/json/writer.h"
#include "thimble/wire/extensions_api.h"

#include "extensions.h"
#include "plain_replies.h"
#include "pool/runtime_reply.h"
#include "registration.h"

namespace thimble::emulator {
namespace {

using runtime_reply::accept;
using runtime_reply::kJson;

void refuse(http::Exchange& exchange, std::string_view type, std::string_view message) {
  runtime_reply::refuse(exchange, 403, type, message);
}

}  // namespace

void Extensions::on_request(http::Exchange& exchange) {
  const http::Request& request = exchange.request();
  const bool is_next = request.path == wire::kExtensionNext;
  const bool is_post = request.path == wire::kExtensionRegister ||
                       request.path == wire::kExtensionInitError ||
                       request.path == wire::kExtensionExitError;
  if (!is_next && !is_post) return reply_not_found(exchange);
  const std::string_view method = is_next ? "GET" : "POST";
  if (request.method != method) return reply_method_not_allowed(exchange, method);
  if (request.path == wire::kExtensionRegister) return register_extension(exchange);

  if (!has_identifier(exchange)) return;
  const auto error_type = request.header(wire::kExtensionErrorType);
  if (!is_next && (!error_type || error_type->empty())) {
    return refuse(exchange, wire::kMissingHeader,
                  std::string(wire::kExtensionErrorType) + " not found");
  }
  Extension* extension = identify(exchange);
  if (extension == nullptr) return;
  if (is_next) return next(exchange, *extension);
  report_error(exchange, *extension, *error_type,
               request.path == wire::kExtensionInitError ? ExtensionState::kInitError
                                                         : ExtensionState::kExitError);
}

bool Extensions::has_identifier(http::Exchange& exchange) {
  const auto identifier = exchange.request().header(wire::kExtensionIdentifier);
  if (!identifier || identifier->empty()) {
    refuse(exchange, wire::kMissingExtensionIdentifier,
           "Missing Lambda-Extension-Identifier header");
    return false;
  }
  if (!is_uuid(*identifier)) {
    refuse(exchange, wire::kInvalidExtensionIdentifier, "Invalid Lambda-Extension-Identifier");
    return false;
  }
  return true;
}

Extension* Extensions::identify(http::Exchange& exchange) {
  const std::string identifier(exchange.request().header(wire::kExtensionIdentifier).value_or(""));
  const auto found = std::ranges::find_if(
      extensions_, [&](const auto& each) { return each->identifier() == identifier; });
  if (found != extensions_.end()) return found->get();
  refuse(exchange, wire::kUnknownExtensionIdentifier,
         exchange.request().path == wire::kExtensionNext
             ? "Unknown extension " + identifier
             : "Unknown " + std::string(wire::kExtensionIdentifier));
  return nullptr;
}

void Extensions::refuse_state(http::Exchange& exchange, const Extension& extension,
                              std::string_view to) {
  const bool is_named = exchange.request().path == wire::kExtensionRegister;
  std::string message("State transition from ");
  message.append(name_of(extension.state))
      .append(" to ")
      .append(to)
      .append(" failed for extension ");
  message.append(is_named ? extension.name() : extension.identifier());
  message.append(". Error: State transition is not allowed");
  refuse(exchange, wire::kInvalidExtensionState, message);
}

void Extensions::register_extension(http::Exchange& exchange) {
  const std::string name(exchange.request().header(wire::kExtensionName).value_or(""));
  if (name.empty()) return refuse(exchange, wire::kInvalidExtensionName, "Empty extension name");
  const auto registration = parse_registration(exchange.body().view());
  if (!registration)
    return refuse(exchange, wire::kInvalidRequestFormat, registration.error().message);
  if (registration->has_configuration_keys) {
    return refuse(exchange, wire::kInvalidRequestFormat,
                  "configurationKeys are deprecated; use environment variables instead");
  }

  listener_.on_extension_registering();
  Extension* extension = find_by_name(name);
  const bool is_internal = extension == nullptr || !extension->is_external();
  const bool is_managed = context_.function.is_managed();
  if (is_managed && is_internal && !registration->events.empty()) {
    return refuse(exchange, wire::kInvalidEventType, "No events allowed for internal extensions");
  }
  for (const std::string& event : registration->events) {
    if (event != "SHUTDOWN" && (event != "INVOKE" || is_managed)) {
      return refuse(exchange, wire::kInvalidEventType, event + ": ErrorInvalidEventType");
    }
    if (is_internal && event == "SHUTDOWN") {
      return refuse(exchange, wire::kInvalidEventType,
                    event + ": ShutdownEventNotSupportedForInternalExtension");
    }
  }
  if (is_internal) {
    if (!is_registration_open_) {
      return refuse(exchange, wire::kRegistrationClosed, "Extension registration closed already");
    }
    if (extension != nullptr) {
      return refuse(exchange, wire::kInvalidExtensionState,
                    "Extension with this name already registered");
    }
    if (extensions_.size() >= wire::kMaxExtensions) {
      return refuse(exchange, wire::kTooManyExtensions,
                    "Extension limit (" + std::to_string(wire::kMaxExtensions) + ") reached");
    }
    extensions_.push_back(std::make_unique<Extension>(name, context_.ids.uuid(), *this));
    extension = extensions_.back().get();
  } else if (extension->state != ExtensionState::kStarted) {
    return refuse_state(exchange, *extension, "Registered");
  }

  extension->state = ExtensionState::kRegistered;
  extension->wants_invoke =
      std::ranges::find(registration->events, "INVOKE") != registration->events.end();
  extension->wants_shutdown =
      std::ranges::find(registration->events, "SHUTDOWN") != registration->events.end();

  std::string body;
  json::Writer writer(body, {.html_safe = true});
  writer.begin_object().key("functionName").string(context_.function.name);
  writer.key("functionVersion").string(context_.function.version);
  writer.key("handler").string(context_.function.handler);
  if (accepts_account_id(exchange.request().header(wire::kExtensionAcceptFeature).value_or("")))
    writer.key("accountId").string(context_.function.account_id);
  writer.end_object();
  body += '\n';
  const std::array<http::Header, 1> headers{
      {{wire::kExtensionIdentifier, extension->identifier()}}};
  exchange.reply({.status = 200, .content_type = kJson, .headers = headers}, body);

  std::string events;
  for (const std::string& event : registration->events)
    events.append(events.empty() ? "" : " ").append(event);
  context_.bus.publish(ExtensionRegistered{.name = extension->name(),
                                           .identifier = extension->identifier(),
                                           .events = events,
                                           .is_external = extension->is_external()});
  if (!is_internal && all_registered()) listener_.on_extensions_registered();
}

void Extensions::next(http::Exchange& exchange, Extension& extension) {
  const bool was_ready = extension.state == ExtensionState::kReady;
  if (!was_ready && extension.state != ExtensionState::kRegistered &&
      extension.state != ExtensionState::kRunning) {
    return refuse_state(exchange, extension, "Ready");
  }
  // Most likely the earlier connection is dead and does not know it yet.
  if (http::Exchange* earlier = extension.take_waiting())
    refuse_state(*earlier, extension, "Ready");
  const bool is_first = extension.state == ExtensionState::kRegistered;
  extension.wait_for_event(exchange, event_id());
  if (is_first) publish_state(extension, {});
  if (!was_ready && all_ready()) listener_.on_extensions_ready();
}

void Extensions::publish_state(const Extension& extension, std::string_view error_type) {
  std::array<std::string_view, 2> events;
  std::size_t count = 0;
  if (extension.wants_invoke) events[count++] = "INVOKE";
  if (extension.wants_shutdown) events[count++] = "SHUTDOWN";
  context_.bus.publish(ExtensionStateChanged{.name = extension.name(),
                                             .state = name_of(extension.state),
                                             .events = {events.data(), count},
                                             .error_type = error_type});
}

void Extensions::report_error(http::Exchange& exchange, Extension& extension,
                              std::string_view error_type, ExtensionState state) {
  const bool is_init = state == ExtensionState::kInitError;
  const bool is_allowed =
      extension.state == state || extension.state == ExtensionState::kRegistered ||
      (!is_init &&
       (extension.state == ExtensionState::kReady || extension.state == ExtensionState::kRunning));
  if (!is_allowed) return refuse_state(exchange, extension, is_init ? "InitError" : "ExitError");
  const bool is_news = extension.state != state;
  extension.state = state;
  const std::string reason = extension.name() + ": " + std::string(error_type);
  // Its text is the request's.
  if (is_news) publish_state(extension, error_type);
  accept(exchange);
  // It is expected to end now; nobody waits for it to keep that promise.
  if (is_news && !is_shutting_down_) {
    listener_.on_extension_failed(
        is_init ? wire::kExtensionInitErrorType : wire::kExtensionExitErrorType, reason);
  }
}

}  // namespace thimble::emulator
