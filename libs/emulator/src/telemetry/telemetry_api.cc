#include "telemetry_api.h"

#include <algorithm>
#include <string>
#include <utility>

#include "thimble/base/random_id.h"
#include "thimble/wire/error_types.h"
#include "thimble/wire/extensions_api.h"
#include "thimble/wire/telemetry_api.h"

#include "plain_replies.h"
#include "pool/runtime_reply.h"

namespace thimble::emulator {
namespace {

using runtime_reply::kJson;
using runtime_reply::refuse;

std::string_view name_of(SubscriptionApi api) {
  return api == SubscriptionApi::kTelemetry ? "Telemetry API" : "Logs API";
}

std::string_view validation_error(SubscriptionApi api) {
  return api == SubscriptionApi::kTelemetry ? wire::kTelemetryValidationError
                                            : wire::kLogsValidationError;
}

std::string_view closed_error(SubscriptionApi api) {
  return api == SubscriptionApi::kTelemetry ? wire::kTelemetrySubscriptionClosed
                                            : wire::kLogsSubscriptionClosed;
}

}  // namespace

std::optional<SubscriptionApi> TelemetryApi::find(std::string_view path) {
  // Lambda's documentation writes it with a slash at the end too.
  if (path.ends_with('/')) path.remove_suffix(1);
  if (path == wire::kTelemetry) return SubscriptionApi::kTelemetry;
  if (path == wire::kLogs) return SubscriptionApi::kLogs;
  return std::nullopt;
}

void TelemetryApi::on_request(http::Exchange& exchange, SubscriptionApi api) {
  const http::Request& request = exchange.request();
  if (request.method != "PUT") return reply_method_not_allowed(exchange, "PUT");

  const auto identifier = request.header(wire::kExtensionIdentifier);
  if (!identifier || identifier->empty()) {
    return refuse(exchange, 403, wire::kMissingExtensionIdentifier,
                  "Missing Lambda-Extension-Identifier header");
  }
  if (!is_uuid(*identifier)) {
    return refuse(exchange, 403, wire::kInvalidExtensionIdentifier,
                  "Invalid Lambda-Extension-Identifier");
  }
  const auto name = extensions_.extension_name(*identifier);
  if (!name) {
    return refuse(exchange, 403, wire::kUnknownExtensionIdentifier,
                  "Unknown extension " + std::string(*identifier));
  }
  if (!extensions_.is_initializing()) {
    return refuse(exchange, 403, closed_error(api),
                  std::string(name_of(api)) + " subscription is closed already");
  }
  if (exchange.body_too_large()) {
    return refuse(
        exchange, 413, wire::kRequestEntityTooLarge,
        "Exceeded maximum allowed payload size (" + std::to_string(kMostBodyBytes) + " bytes).");
  }

  auto subscription = parse_subscription(api, exchange.body().view(), reserved_ports_);
  if (!subscription) {
    return refuse(exchange, 400, validation_error(api), subscription.error().message);
  }
  if (is_managed_ && subscription->schema != SchemaVersion::kTelemetry20250129) {
    return refuse(exchange, 400, validation_error(api),
                  "managed instances have schemaVersion '2025-01-29' only");
  }
  const TelemetryService::Extension extension{.identifier = *identifier, .name = *name};
  if (service_.subscribe(extension, std::move(*subscription)) ==
      TelemetryService::Answer::kUsesOtherApi) {
    const SubscriptionApi other =
        api == SubscriptionApi::kTelemetry ? SubscriptionApi::kLogs : SubscriptionApi::kTelemetry;
    return refuse(
        exchange, 400, validation_error(api),
        "the extension has subscribed with the " + std::string(name_of(other)) + " already");
  }
  exchange.reply({.content_type = kJson}, "\"OK\"");
}

}  // namespace thimble::emulator
