// Reads any bytes as a request: what is taken lies within them, and no control character gets into
// a header, a target or an answer.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "thimble/http/request.h"

#include "request_parser.h"

namespace {

using thimble::http::Request;
using thimble::http::RequestParser;

void check(bool holds) {
  if (!holds) std::abort();
}

bool within(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

bool is_one_line(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

// Counts the bytes of a body, each of which is in the input.
class Counter final : public RequestParser::BodySink {
 public:
  explicit Counter(std::string_view input) : input_(input) {}

  void on_body(std::string_view piece) override {
    check(within(piece, input_));
    bytes += piece.size();
  }

  std::size_t bytes = 0;

 private:
  std::string_view input_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  RequestParser parser({.head_bytes = 1024, .headers = 8});
  Request request;
  const RequestParser::Progress head = parser.parse_head(input, request);
  check(head.used <= size);
  if (head.state != RequestParser::State::kDone) return 0;

  check(request.headers.size() <= 8);
  check(is_one_line(request.method) && is_one_line(request.target));
  check(within(request.path, request.target) || request.path == "/");
  check(within(request.query, request.target));
  for (const auto& [name, value] : request.headers) {
    check(within(name, input) && within(value, input));
    check(!name.empty() && is_one_line(name) && is_one_line(value));
  }

  if (parser.is_chunked()) {
    const std::string_view rest = input.substr(head.used);
    Counter counter(rest);
    const RequestParser::Progress body = parser.parse_chunks(rest, counter);
    check(body.used <= rest.size() && counter.bytes <= body.used);
  }
  return 0;
}
