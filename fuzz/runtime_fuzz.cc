// Reads any bytes as what a runtime says of its errors: a type (t), a body with a cause (c), the
// trailers of a stream (s), the head that announces one (h).

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <thimble/base/base64.h>
#include <thimble/json/query.h>

#include "check.h"
#include "pool/error_body.h"
#include "pool/streamed_response.h"

namespace {

using namespace thimble;
using fuzz::check;

void check_type(std::string_view bytes) {
  const std::string type(emulator::valid_error_type(bytes));
  check(type.starts_with("Runtime.") || type.starts_with("Function."), "a type has its prefix");
  check(type.find_first_of("\r\n \"<") == std::string::npos, "a type is one word");
  check(emulator::valid_error_type(type) == type, "a valid type stays as it is");
}

void check_cause(std::string_view bytes) {
  const auto body = emulator::without_cause(bytes);
  check(!body || json::valid(bytes), "only JSON loses its cause");
  if (!body) return;
  check(json::valid(*body), "what is passed on is JSON");
  const auto again = emulator::without_cause(*body);
  check(again == *body, "what has no cause stays as it is");
}

void check_trailers(std::string_view bytes) {
  const auto [type, body] = fuzz::split_line(bytes);
  const std::array<http::Header, 3> trailers{{{"X-Other", "other"},
                                              {"lambda-runtime-function-error-type", type},
                                              {"Lambda-Runtime-Function-Error-Body", body}}};
  const auto error = emulator::stream_error(trailers);
  check(error.has_value() == (!type.empty() || !body.empty()), "any of the two is an error");
  if (!error) return;
  check(error->type == type, "the type is passed on");
  check(error->body == body || base64_encode(error->body) == body, "a body is decoded, or raw");
  const auto outcome = emulator::outcome_of(*error);
  check(outcome.body && outcome.body->view() == error->body, "an outcome has the body");
}

void check_head(std::string_view bytes) {
  const auto [mode, names] = fuzz::split_line(bytes);
  http::Request request;
  request.headers = {{"Lambda-Runtime-Function-Response-Mode", mode}, {"Trailer", names}};
  const bool is_streamed = emulator::is_streamed(request);
  if (!mode.empty()) check(is_streamed == (mode == "streaming"), "a mode that is named counts");
  if (is_streamed && mode.empty()) check(!names.empty(), "nothing announces nothing");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto [subject, bytes] = fuzz::input_of(data, size);
  if (subject == 't') check_type(bytes);
  if (subject == 'c') check_cause(bytes);
  if (subject == 's') check_trailers(bytes);
  if (subject == 'h') check_head(bytes);
  return 0;
}
