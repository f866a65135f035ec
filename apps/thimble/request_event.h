#pragma once
// "GET /hello?name=Chris" as the event that an HTTP API makes of it.

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/result.h>

namespace thimble::cli {

struct RequestText {
  std::string_view line;                  // METHOD PATH[?QUERY]
  std::vector<std::string> headers = {};  // "Name: value"
  std::string_view body = {};
  std::chrono::system_clock::time_point now = {};
};

// Whether a text looks like a request and not like JSON or a file's name: a method, a space, a
// slash.
[[nodiscard]] bool is_request_line(std::string_view text);

// An event of API Gateway's HTTP APIs, payload format 2.0, as JSON.
[[nodiscard]] Result<std::string> request_event(const RequestText& request);

}  // namespace thimble::cli
