#pragma once
// Serves HTTP with a Lambda function: which code answers which method and path.

#include <concepts>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/events/api_gateway_v2.h>
#include <thimble/ric/context.h>
#include <thimble/ric/error.h>
#include <thimble/router/http_request.h>
#include <thimble/router/http_response.h>
#include <thimble/router/route_key.h>

namespace thimble::router {

// What a route gives: a response, or why the invocation has failed.
using HttpResult = std::expected<HttpResponse, ric::HandlerError>;

namespace detail {

inline HttpResult to_result(HttpResponse response) {
  return response;
}
inline HttpResult to_result(std::string body) {
  return text(std::move(body));
}
template <std::convertible_to<std::string_view> T>
HttpResult to_result(const T& body) {
  return text(std::string(std::string_view(body)));
}
template <ric::WritableAsJson T>
  requires(!std::is_same_v<T, HttpResponse>)
HttpResult to_result(const T& value) {
  return json(value);
}
inline std::unexpected<ric::HandlerError> to_failure(ric::HandlerError error) {
  return std::unexpected(std::move(error));
}
inline std::unexpected<ric::HandlerError> to_failure(std::string_view message) {
  return std::unexpected(ric::HandlerError{.message = std::string(message)});
}
inline std::unexpected<ric::HandlerError> to_failure(Error error) {
  return std::unexpected(ric::HandlerError{.message = std::move(error.message)});
}
template <class T, class E>
HttpResult to_result(std::expected<T, E> result) {
  if (!result) return to_failure(std::move(result).error());
  return to_result(*std::move(result));
}

// A path to hold to routes, without a slash at its end.
struct Path {
  std::string_view text;
  // Function URLs send it as the client did, HTTP APIs decoded.
  bool is_encoded;
};

// A handler without its type.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual HttpResult handle(const HttpRequest& request, const ric::Context& context) const = 0;
};

template <class F>
class HandlerOf final : public Handler {
 public:
  explicit HandlerOf(F function) : function_(std::move(function)) {}

  HttpResult handle(const HttpRequest& request, const ric::Context& context) const override {
    if constexpr (std::is_invocable_v<const F&, const HttpRequest&, const ric::Context&>) {
      return to_result(function_(request, context));
    } else {
      return to_result(function_(request));
    }
  }

 private:
  F function_;
};

}  // namespace detail

struct RouterOptions {
  // Taken from the front of every path that has it: "/v1".
  std::string base_path = {};
};

// The handler of a function behind an HTTP API (payload format 2.0) or a function URL:
//
//   router::Router app;
//   app.on("GET /hello/{name}", [](const router::HttpRequest& request, const ric::Context&) {
//     return router::text("hello " + std::string(request.param("name")));
//   });
//   return ric::run(app);
//
// A handler takes the request, and the context if it wants it. It returns an HttpResponse, a
// std::string or another text (text/plain), a type with to_json (application/json), or an expected
// of one of these and a ric::HandlerError, a thimble::Error or a text. Such an error, like an
// exception, is the invocation's: Lambda counts it, and the client gets a 5xx. Answer with
// `router::error(status, message)` to say more. With managed instances, handlers are called by
// several threads at a time.
//
// Of the routes that fit a path and method, the one counts that is more specific, from the left:
// plain text before {name} before {name+}, a method before ANY; then the one that came first. HEAD
// is answered by GET's route, without the body. One slash at the end means nothing, neither of a
// path nor of a route; an empty segment inside does. Behind a function URL segments are compared
// after decoding, so that a slash that is written as %2F separates nothing; an HTTP API decodes the
// path itself, and that slash is then one like any other. Nothing fits: 404; or not with this
// method: 405 and Allow.
//
// The stage ("/live/hello") is taken from the path if the API is called by its own name
// (id.execute-api.region.amazonaws.com), for only then it is there.
class Router final {
 public:
  explicit Router(RouterOptions options = {});
  Router(Router&&) noexcept = default;
  Router& operator=(Router&&) noexcept = default;

  // Adds a route.
  template <class F>
  Router& on(RouteKey key, F handler) {
    static_assert(std::is_invocable_v<const F&, const HttpRequest&, const ric::Context&> ||
                      std::is_invocable_v<const F&, const HttpRequest&>,
                  "a route's handler takes (const HttpRequest&, const ric::Context&) or "
                  "(const HttpRequest&), and can be called while it is const");
    routes_.push_back({key, std::make_unique<detail::HandlerOf<F>>(std::move(handler))});
    return *this;
  }

  // Answers one request: what ric::run calls, and tests.
  HttpResult operator()(const events::ApiGatewayV2Request& event,
                        const ric::Context& context) const;

 private:
  struct Route {
    RouteKey key;
    std::unique_ptr<const detail::Handler> handler;
  };

  [[nodiscard]] std::string_view path_of(const events::ApiGatewayV2Request& event) const;
  [[nodiscard]] const Route* find(std::string_view method, detail::Path path) const;
  [[nodiscard]] HttpResponse refusal(detail::Path path) const;

  RouterOptions options_;
  std::vector<Route> routes_;
};

}  // namespace thimble::router
