#pragma once
// Square numbers, as many as the caller wants, while they are made.

#include <charconv>
#include <string>

#include <thimble/events/function_url.h>
#include <thimble/ric.h>

namespace squares {

using thimble::events::FunctionUrlRequest;
using thimble::ric::Context;
using thimble::ric::ResponseStream;

// How many lines `?count=` asks for: 10 if it is not there, nothing if it is no number up to 1,000.
inline int count_of(const FunctionUrlRequest& request) {
  const auto text = request.query_string_parameters.get("count", "10");
  int count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const bool is_number = error == std::errc{} && end == text.data() + text.size();
  return is_number && count >= 0 && count <= 1000 ? count : -1;
}

// Behind a function URL with InvokeMode RESPONSE_STREAM: a line for each number, sent as soon as it
// is made. Who cannot stream gets them all at once.
inline thimble::Result<void> handle(const FunctionUrlRequest& request, const Context&,
                                    ResponseStream& out) {
  const int count = count_of(request);
  if (count < 0) {
    out.set_http_head({.status_code = 400, .headers = {{"content-type", "text/plain"}}});
    return out.write("count must be a number up to 1000\n");
  }
  out.set_http_head({.headers = {{"content-type", "text/csv"}}, .cookies = {"seen=squares"}});
  for (int number = 1; number <= count; ++number) {
    const std::string line = std::to_string(number) + "," + std::to_string(number * number) + "\n";
    if (auto sent = out.write(line); !sent) return sent;  // the client has gone
  }
  return {};
}

}  // namespace squares
