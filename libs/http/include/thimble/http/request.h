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

// Takes the first item off a field's comma-separated list (RFC 9110 section 5.6.1) and returns it
// without the white space around it. The list is empty after the last one.
[[nodiscard]] std::string_view take_list_item(std::string_view& list);

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
