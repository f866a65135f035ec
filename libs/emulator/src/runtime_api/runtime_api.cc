#include "runtime_api.h"

#include <limits>
#include <string_view>
#include <utility>

#include "thimble/wire/extensions_api.h"
#include "thimble/wire/metadata_api.h"
#include "thimble/wire/runtime_api.h"

#include "metadata.h"
#include "plain_replies.h"

namespace thimble::emulator {
namespace {

enum class Route {
  kPing,
  kNext,
  kResponse,
  kError,
  kInitError,
  kRestoreNext,
  kRestoreError,
  kCredentials,
  kUnknown
};

struct Target {
  Route route = Route::kUnknown;
  std::string_view request_id = {};  // for kResponse and kError
};

Target find_target(std::string_view path) {
  if (path == wire::kNext) return {Route::kNext};
  if (path.starts_with(wire::kInvocationPrefix)) {
    std::string_view rest = path.substr(wire::kInvocationPrefix.size());
    const std::size_t slash = rest.find('/');
    if (slash == 0 || slash == std::string_view::npos) return {};
    const std::string_view id = rest.substr(0, slash);
    if (rest.substr(slash) == wire::kResponseSuffix) return {Route::kResponse, id};
    if (rest.substr(slash) == wire::kErrorSuffix) return {Route::kError, id};
    return {};
  }
  if (path == wire::kInitError) return {Route::kInitError};
  if (path == wire::kPing) return {Route::kPing};
  if (path == wire::kRestoreNext) return {Route::kRestoreNext};
  if (path == wire::kRestoreError) return {Route::kRestoreError};
  if (path == wire::kCredentials) return {Route::kCredentials};
  return {};
}

bool is_get(Route route) {
  return route == Route::kPing || route == Route::kNext || route == Route::kRestoreNext ||
         route == Route::kCredentials;
}

bool is_of_snap_start(Route route) {
  return route == Route::kRestoreNext || route == Route::kRestoreError ||
         route == Route::kCredentials;
}

}  // namespace

Result<std::unique_ptr<RuntimeApi>> RuntimeApi::listen(const Options& options) {
  std::unique_ptr<RuntimeApi> api(new RuntimeApi(options));
  http::Limits limits = options.limits;
  // A runtime may think for minutes between two requests, and has gone when its end of the
  // connection is closed.
  limits.idle_time = Milliseconds(0);
  // What is too large is counted, and the runtime goes on over the same connection.
  limits.discarded_bytes = std::numeric_limits<std::size_t>::max();
  limits.end_of_input_is_gone = true;
  const NetworkNamespace::Guard there(options.network);
  auto server = http::Server::listen(
      options.address,
      {.loop = options.loop, .buffers = options.buffers, .handler = *api, .limits = limits});
  if (!server) return fail(std::move(server.error()));
  api->server_ = std::move(*server);
  options.environment.set_runtime_api(api->address().text(), *api);
  return api;
}

std::size_t RuntimeApi::body_limit(const http::Request& request) {
  if (request.path.starts_with(wire::kExtensionPrefix)) return Extensions::kMaxBody;
  if (TelemetryApi::find(request.path)) return TelemetryApi::kMostBodyBytes;
  const Route route = find_target(request.path).route;
  return route == Route::kUnknown || is_get(route) ? 0 : max_response_bytes_;
}

void RuntimeApi::on_head(http::Exchange& exchange) {
  if (!environment_.may_stream()) return;
  const http::Request& request = exchange.request();
  const Target target = find_target(request.path);
  if (target.route != Route::kResponse || request.method != "POST") return;
  if (!origins_.is_foreign(request)) environment_.response_begins(exchange, target.request_id);
}

void RuntimeApi::on_request(http::Exchange& exchange) {
  const http::Request& request = exchange.request();
  if (origins_.is_foreign(request)) return reply_foreign_origin(exchange);
  if (request.path.starts_with(wire::kExtensionPrefix)) {
    return environment_.extensions().on_request(exchange);
  }
  if (const auto api = TelemetryApi::find(request.path); api && telemetry_.has(*api)) {
    return telemetry_.on_request(exchange, *api);
  }
  if (request.path == wire::kMetadata) {
    return reply_metadata(exchange, function_, environment_.is_before_restore());
  }
  const Target target = find_target(request.path);
  const bool is_missing = is_of_snap_start(target.route) && !environment_.is_snap_start();
  if (target.route == Route::kUnknown || is_missing) return reply_not_found(exchange);
  const std::string_view method = is_get(target.route) ? "GET" : "POST";
  if (request.method != method) return reply_method_not_allowed(exchange, method);
  // The id is taken out of a head that lives as long as the exchange is not answered.
  const std::string id(target.request_id);
  switch (target.route) {
    case Route::kPing:
      return exchange.reply({.content_type = "text/plain; charset=utf-8"}, "pong");
    case Route::kNext:
      return environment_.next(exchange);
    case Route::kResponse:
      return environment_.response(exchange, id);
    case Route::kError:
      return environment_.error(exchange, id);
    case Route::kInitError:
      return environment_.init_error(exchange);
    case Route::kRestoreNext:
      return environment_.restore_next(exchange);
    case Route::kRestoreError:
      return environment_.restore_error(exchange);
    case Route::kCredentials:
      return environment_.credentials(exchange);
    case Route::kUnknown:
      return;
  }
}

}  // namespace thimble::emulator
