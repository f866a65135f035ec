#pragma once
// The head of an HTTP/1.1 request as a handler sees it.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thimble::http {

struct Header {
  std::string_view name;
  std::string_view value;
};

// Compares as field names and Connection options are compared: ASCII letters without case.
[[nodiscard]] bool same_text_ignoring_case(std::string_view left, std::string_view right);

// A request's head. Everything in it is valid until the exchange it belongs to is answered.
struct Request {
  std::string method;
  std::string target;           // as it stood in the request line
  std::string_view path;        // of target, before any '?', still percent-encoded
  std::string_view query;       // of target, after the first '?'
  std::vector<Header> headers;  // in order
  bool is_http_1_0 = false;
  bool wants_close = false;  // the connection ends after this exchange

  // The first header of that name. The name's case does not matter.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
};

}  // namespace thimble::http
