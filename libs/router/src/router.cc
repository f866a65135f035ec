#include <thimble/router/router.h>

#include "match.h"

namespace thimble::router {
namespace {

// `path` without `prefix`, if that is the first segments of it.
std::string_view without(std::string_view path, std::string_view prefix) {
  const bool first =
      path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
  return first ? path.substr(prefix.size()) : path;
}

bool serves(std::string_view route_method, std::string_view method) {
  return route_method == method || route_method == "ANY" ||
         (method == "HEAD" && route_method == "GET");
}

// Of methods that serve one request: itself, GET for HEAD, ANY.
int distance(std::string_view route_method, std::string_view method) {
  if (route_method == method) return 0;
  return route_method == "ANY" ? 2 : 1;
}

void append_method(std::string& list, std::string_view method) {
  if ((", " + list + ",").find(", " + std::string(method) + ",") != std::string::npos) return;
  if (!list.empty()) list += ", ";
  list += method;
}

}  // namespace

Router::Router(RouterOptions options) : options_(std::move(options)) {
  std::string& base = options_.base_path;
  while (base.ends_with('/')) base.pop_back();
  if (!base.empty() && !base.starts_with('/')) base.insert(0, "/");
}

HttpResult Router::operator()(const events::ApiGatewayV2Request& event,
                              const ric::Context& context) const {
  const std::string_view path = path_of(event);
  const std::string_view method = event.request_context.http.method;
  // A function URL's host; others are API Gateway's, or a test's.
  detail::Path compared{path, event.request_context.domain_name.ends_with(".on.aws")};
  if (compared.text.ends_with('/')) compared.text.remove_suffix(1);

  const Route* route = find(method, compared);
  events::StringMap parameters;
  HttpResult result;
  if (route == nullptr) {
    result = refusal(compared);
  } else {
    static_cast<void>(matches(route->key.path(), compared, &parameters));
    result = route->handler->handle(HttpRequest(event, path, std::move(parameters)), context);
  }
  if (result && method == "HEAD") {
    result->body.clear();
    result->is_base64_encoded = false;
  }
  return result;
}

std::string_view Router::path_of(const events::ApiGatewayV2Request& event) const {
  std::string_view path = event.raw_path;
  const events::ApiGatewayV2RequestContext& context = event.request_context;
  if (!context.stage.empty() && context.stage != "$default" &&
      context.domain_prefix == context.api_id) {
    path = without(path, "/" + context.stage);
  }
  path = without(path, options_.base_path);
  return path.starts_with('/') ? path : std::string_view("/");
}

const Router::Route* Router::find(std::string_view method, detail::Path path) const {
  const Route* best = nullptr;
  for (const Route& route : routes_) {
    if (!serves(route.key.method(), method) || !matches(route.key.path(), path, nullptr)) continue;
    if (best == nullptr || is_more_specific(route.key.path(), best->key.path()) ||
        (!is_more_specific(best->key.path(), route.key.path()) &&
         distance(route.key.method(), method) < distance(best->key.method(), method))) {
      best = &route;
    }
  }
  return best;
}

HttpResponse Router::refusal(detail::Path path) const {
  std::string allowed;
  for (const Route& route : routes_) {
    if (!matches(route.key.path(), path, nullptr)) continue;
    append_method(allowed, route.key.method());
    if (route.key.method() == "GET") append_method(allowed, "HEAD");
  }
  if (allowed.empty()) return error(404, "Not Found");
  HttpResponse response = error(405, "Method Not Allowed");
  response.headers.set("allow", std::move(allowed));
  return response;
}

}  // namespace thimble::router
