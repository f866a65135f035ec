// Reads any bytes as HTTP/1.1 requests, one after another: at once and in pieces, which must come
// to the same. What is taken lies within them, and no control character gets into a header or a
// target.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "check.h"
#include "request_parser.h"

namespace {

using thimble::fuzz::check;
using thimble::http::Request;
using thimble::http::RequestParser;
using State = RequestParser::State;

bool within(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

class Body final : public RequestParser::BodySink {
 public:
  void on_body(std::string_view piece) override {
    check(within(piece, input), "a piece of a body is inside of the bytes");
    text += piece;
  }
  void on_trailer(std::string_view name, std::string_view value) override {
    check(!name.empty(), "a trailer has a name");
    check(name.find_first_of("\r\n") == std::string_view::npos &&
              value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos,
          "a trailer is one line");
  }
  std::string_view input;
  std::string text;
};

// Everything that can be seen of the requests, as text.
class Transcript {
 public:
  void add(std::string_view name, std::string_view value) {
    text_.append(name).append("=").append(std::to_string(value.size())).append(":").append(value);
    text_ += '\n';
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

void check_head(std::string_view bytes, const Request& request) {
  check(!request.method.empty() && !request.target.empty(), "a request has a method and a target");
  check(within(request.path, request.target) || request.path == "/", "a path is of the target");
  check(within(request.query, request.target), "a query is of the target");
  check(request.path.find('?') == std::string_view::npos, "a path has no query");
  for (const auto& header : request.headers) {
    for (const std::string_view text : {header.name, header.value}) {
      check(within(text, bytes), "a header is inside of the bytes");
      check(text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos,
            "a header has no line end and no NUL");
    }
  }
}

void add_head(Transcript& out, const RequestParser& parser, const Request& request) {
  out.add("method", request.method);
  out.add("target", request.target);
  out.add("path", request.path);
  out.add("query", request.query);
  for (const auto& header : request.headers) {
    out.add("name", header.name);
    out.add("value", header.value);
  }
  out.add("1.0", request.is_http_1_0 ? "yes" : "no");
  out.add("close", request.wants_close ? "yes" : "no");
  if (parser.is_chunked()) {
    out.add("framing", "chunked");
  } else {
    out.add("length", std::to_string(parser.content_length()));
  }
}

// The bytes as a socket gives them: `step` more each time, in a block of exactly their size.
class Input {
 public:
  Input(std::string_view all, std::size_t step) : all_(all), step_(step) {}

  std::string_view view() {
    const std::string_view here = all_.substr(used_, arrived_ - used_);
    block_.reset(new char[here.size()]);
    here.copy(block_.get(), here.size());
    return {block_.get(), here.size()};
  }
  void use(std::size_t bytes) { used_ += bytes; }
  [[nodiscard]] std::size_t left() const { return all_.size() - used_; }
  // Returns false if everything has arrived.
  bool receive() {
    if (arrived_ == all_.size()) return false;
    arrived_ += std::min(step_, all_.size() - arrived_);
    return true;
  }

 private:
  std::string_view all_;
  std::size_t step_;
  std::size_t used_ = 0;
  std::size_t arrived_ = 0;
  std::unique_ptr<char[]> block_;
};

// Returns what was refused or is missing, and an empty text after a whole request.
std::string_view read_request(RequestParser& parser, Input& input, Transcript& out) {
  Request request;
  for (;;) {
    const std::string_view bytes = input.view();
    const auto progress = parser.parse_head(bytes, request);
    check(progress.used <= bytes.size(), "no more is used than there is");
    if (progress.state == State::kRefused) {
      check(progress.status == 400 || progress.status == 431, "a refusal has its status");
      return "head refused";
    }
    if (progress.state == State::kDone) {
      check_head(bytes, request);
      add_head(out, parser, request);
      input.use(progress.used);
      break;
    }
    check(progress.used == 0, "a head is used as a whole");
    if (!input.receive()) return "head incomplete";
  }

  if (!parser.is_chunked()) {
    const std::size_t length = parser.content_length();
    while (input.view().size() < length) {
      if (!input.receive()) return "body incomplete";
    }
    input.use(length);
    return "";
  }
  Body body;
  for (;;) {
    const std::string_view bytes = input.view();
    body.input = bytes;
    const auto progress = parser.parse_chunks(bytes, body);
    check(progress.used <= bytes.size(), "no more of a chunk is used than there is");
    input.use(progress.used);
    if (progress.state == State::kRefused) return "chunk refused";
    if (progress.state == State::kDone) break;
    if (!input.receive()) return "chunk incomplete";
  }
  out.add("body", body.text);
  return "";
}

std::string read_all(std::string_view all, std::size_t step) {
  RequestParser parser({.head_bytes = 32 * 1024, .headers = 100});
  Input input(all, step);
  Transcript out;
  std::string_view end;
  while (end.empty() && input.left() > 0) end = read_request(parser, input, out);
  out.add("end", end);
  return out.text();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Past the limits it depends on the pieces when a request is refused.
  if (size == 0 || size > 8 * 1024) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string at_once = read_all(text, size);
  // Any byte will do to say how large the pieces are.
  const std::size_t step = 1U + data[size / 2] % 61U;
  check(read_all(text, step) == at_once, "pieces come to the same as the whole");
  if (size < 512) check(read_all(text, 1) == at_once, "bytes come to the same as the whole");
  return 0;
}
