#include "thimble/ric/response_stream.h"

#include <thimble/json/writer.h>

namespace thimble::ric {

void ResponseStream::set_http_head(const HttpResponseHead& head) {
  content_type_ = "application/vnd.awslambda.http-integration-response";
  prelude_.clear();
  json::Writer writer(prelude_);
  writer.begin_object().key("statusCode").integer(head.status_code);
  writer.key("headers").begin_object();
  for (const auto& [name, value] : head.headers) writer.key(name).string(value);
  writer.end_object().key("cookies").begin_array();
  for (const std::string& cookie : head.cookies) writer.string(cookie);
  writer.end_array().end_object();
  // What ends the head.
  prelude_.append(8, '\0');
}

Result<void> ResponseStream::begin() {
  if (has_begun_) return {};
  const std::string_view content_type =
      content_type_.empty() ? std::string_view("application/octet-stream") : content_type_;
  if (auto begun = sink_.begin(content_type); !begun) return begun;
  has_begun_ = true;
  if (prelude_.empty()) return {};
  return sink_.write(prelude_);
}

Result<void> ResponseStream::write(std::string_view piece) {
  if (auto begun = begin(); !begun) return begun;
  if (piece.empty()) return {};
  return sink_.write(piece);
}

Result<void> ResponseStream::flush() {
  return begin();
}

}  // namespace thimble::ric
