#pragma once
// Bodies of HTTP events, which are text or base64 of bytes.

#include <string>
#include <string_view>

#include <thimble/base/base64.h>
#include <thimble/base/result.h>

namespace thimble::events {

// The bytes that were sent, of any request with `body` and `is_base64_encoded`. A copy: look at
// `body` itself if it is known to be text. Fails if it is said to be base64 and is not.
template <class Request>
[[nodiscard]] Result<std::string> decoded_body(const Request& request) {
  if (!request.is_base64_encoded) return request.body;
  return base64_decode(request.body);
}

// Makes bytes that need not be text the body of any response with these two members.
template <class Response>
void set_binary_body(Response& response, std::string_view bytes) {
  response.body = base64_encode(bytes);
  response.is_base64_encoded = true;
}

}  // namespace thimble::events
