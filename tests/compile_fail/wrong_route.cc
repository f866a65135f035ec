// A route without a method.

#include "thimble/router/route_key.h"

#ifdef WRONG
constexpr thimble::router::RouteKey kRoute("/hello/{name}");
#else
constexpr thimble::router::RouteKey kRoute("GET /hello/{name}");
#endif

static_assert(kRoute.path() == "/hello/{name}");
