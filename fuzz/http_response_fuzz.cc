// Reads any bytes as another server's response.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <thimble/http/response_reader.h>

#include "check.h"

namespace {

using namespace thimble;
using fuzz::check;
using State = http::ResponseReader::State;

class Told final : public http::ResponseReader::Sink {
 public:
  std::string head;
  std::string body;

 private:
  void on_head(int status, std::span<const http::Header> headers) override {
    check(head.empty() && body.empty(), "there is one head, before the body");
    check(status >= 200 && status <= 999, "a head has a status");
    head = std::to_string(status) + "\n";
    for (const auto& [name, value] : headers) {
      check(!name.empty(), "a header has a name");
      check(name.find_first_of("\r\n :") == std::string_view::npos, "a name is one word");
      check(value.find("\r\n") == std::string_view::npos, "a value is one line");
      head.append(name).append(":").append(value).append("\n");
    }
  }
  void on_body(std::string_view piece) override {
    check(!head.empty(), "a body follows its head");
    body += piece;
  }
};

void check_response(std::string_view bytes, bool is_to_head) {
  Told told;
  http::ResponseReader whole(is_to_head);
  whole.feed(bytes, &told);
  Told told_piecewise;
  http::ResponseReader piecewise(is_to_head);
  for (const char& c : bytes) piecewise.feed({&c, 1}, &told_piecewise);
  check(whole.state() == piecewise.state(), "pieces are read as the whole");
  check(whole.status() == piecewise.status(), "pieces have the status of the whole");
  check(told.head == told_piecewise.head, "pieces have the head of the whole");
  check(told.body == told_piecewise.body, "pieces have the body of the whole");
  check(told.body.size() <= bytes.size(), "no body is made up");
  check(!is_to_head || told.body.empty(), "HEAD has no body");
  if (whole.state() == State::kDone) check(!told.head.empty(), "what is done has a head");

  http::ResponseReader silent(is_to_head);
  silent.feed(bytes);
  check(silent.state() == whole.state(), "it is read alike if nobody wants to know");
  whole.on_end();
  check(whole.state() == State::kDone || whole.state() == State::kBad, "an end is an end");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_response(bytes, false);
  check_response(bytes, true);
  return 0;
}
