#include "telemetry_api.h"

#include <algorithm>
#include <string>
#include <utility>

#include "thimble/wire/error_types.h"
#include "thimble/wire/extensions_api.h"
#include "thimble/wire/telemetry_api.h"

#include "json_error.h"
#include "plain_replies.h"

namespace thimble::emulator {
namespace {

constexpr std::string_view kJson = "application/json";

void refuse(http::Exchange& exchange, int status, std::string_view type, std::string_view message) {
  exchange.reply({.status = status, .content_type = kJson}, runtime_api_error(type, message));
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    const char c = text[i];
    const bool is_hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (is_dash ? c != '-' : !is_hex) return false;
  }
  return true;
}

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
