#pragma once
// A service of two routes.

#include <chrono>
#include <functional>
#include <string>

#include <thimble/router/router.h>

namespace hello {

// What every route answers with.
struct Greeting {
  std::string timestamp;
  int status = 200;
  std::string message;

  void to_json(std::string& out) const;
};

using Now = std::function<std::chrono::system_clock::time_point()>;

// GET /hello and GET /goodbye greet whom `?name=` names. `now` tells the time to put into answers.
[[nodiscard]] thimble::router::Router make_service(Now now);

}  // namespace hello
