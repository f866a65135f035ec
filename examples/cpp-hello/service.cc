#include "service.h"

#include <ctime>

#include <thimble/json/writer.h>

namespace hello {
namespace {

std::string text_of(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text, size};
}

}  // namespace

void Greeting::to_json(std::string& out) const {
  thimble::json::Writer(out)
      .begin_object()
      .key("timestamp")
      .string(timestamp)
      .key("status")
      .integer(status)
      .key("message")
      .string(message)
      .end_object();
}

thimble::router::Router make_service(Now now) {
  using thimble::router::HttpRequest;
  const auto greet = [now = std::move(now)](const char* greeting, const HttpRequest& request) {
    auto name = request.query("name").value_or("");
    if (name.empty()) name = "World";
    return Greeting{.timestamp = text_of(now()),
                    .message = std::string(greeting) + ", " + std::string(name) + "!"};
  };
  thimble::router::Router service;
  service.on("GET /hello", [greet](const HttpRequest& request) { return greet("Hello", request); });
  service.on("GET /goodbye",
             [greet](const HttpRequest& request) { return greet("Goodbye", request); });
  return service;
}

}  // namespace hello
