#include "thimble/ric/response_stream.h"

#include <thimble/json/writer.h>

#include "response_reader.h"

namespace thimble::ric {

namespace {

// The head as it stands before the body, and what ends it.
std::string prelude_of(const HttpResponseHead& head, std::string_view content_type) {
  std::string prelude;
  json::Writer writer(prelude);
  writer.begin_object().key("statusCode").integer(head.status_code);
  writer.key("headers").begin_object();
  bool has_type = false;
  for (const auto& [name, value] : head.headers) {
    writer.key(name).string(value);
    has_type = has_type || same_text_ignoring_case(name, "content-type");
  }
  if (!has_type && !content_type.empty()) writer.key("content-type").string(content_type);
  writer.end_object().key("cookies").begin_array();
  for (const std::string& cookie : head.cookies) writer.string(cookie);
  writer.end_array().end_object();
  prelude.append(8, '\0');
  return prelude;
}

}  // namespace

void ResponseStream::set_http_head(const HttpResponseHead& head) {
  http_head_ = head;
}

Result<void> ResponseStream::begin() {
  if (has_begun_) return {};
  std::string_view content_type = content_type_;
  if (http_head_) {
    content_type = "application/vnd.awslambda.http-integration-response";
  } else if (content_type.empty()) {
    content_type = "application/octet-stream";
  }
  if (auto begun = sink_.begin(content_type); !begun) return begun;
  has_begun_ = true;
  if (!http_head_) return {};
  return sink_.write(prelude_of(*http_head_, content_type_));
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
