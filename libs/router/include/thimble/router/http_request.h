#pragma once
// What a route's handler is called with.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/events/api_gateway_v2.h>
#include <thimble/events/flat_map.h>
#include <thimble/ric/json.h>

namespace thimble::router {

// A request that a route has taken. It and all views of it live until the handler returns.
class HttpRequest final {
 public:
  // `event` outlives it; `path` is what the route was found by.
  HttpRequest(const events::ApiGatewayV2Request& event, std::string_view path,
              events::StringMap parameters);

  // "GET"; "HEAD" also if the route is a GET's.
  [[nodiscard]] std::string_view method() const { return event_.request_context.http.method; }

  // Without the stage and the router's base path; of a function URL as it was sent, percent signs
  // and all, of an HTTP API decoded.
  [[nodiscard]] std::string_view path() const { return path_; }

  // What stood in the path for `{name}`, decoded; empty if the route has no such parameter.
  [[nodiscard]] std::string_view param(std::string_view name) const {
    return parameters_.get(name);
  }

  // The last value of that name in the query string, decoded; nothing if there is none.
  [[nodiscard]] std::optional<std::string_view> query(std::string_view name) const;

  // All of them, in their order.
  [[nodiscard]] std::vector<std::string_view> query_all(std::string_view name) const;

  // In any case; several of one name are joined by commas. Empty if there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const {
    return event_.headers.get(name);
  }

  // The bytes of the body. Fails if it was to be base64 and is not.
  [[nodiscard]] Result<std::string> body() const { return events::decoded_body(event_); }

  // The body as a type with from_json, or one that ric::Json can read.
  template <ric::ReadableFromJson T>
  [[nodiscard]] Result<T> json() const {
    if (!event_.is_base64_encoded) return ric::Json<T>::read(event_.body);
    const auto bytes = body();
    if (!bytes) return fail(bytes.error());
    return ric::Json<T>::read(*bytes);
  }

  // All the rest: cookies, authorizer, stage variables.
  [[nodiscard]] const events::ApiGatewayV2Request& event() const { return event_; }

 private:
  const events::ApiGatewayV2Request& event_;
  std::string_view path_;
  events::StringMap parameters_;
  events::StringMap query_;
};

}  // namespace thimble::router
