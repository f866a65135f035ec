#include "request_head.h"

#include <array>
#include <charconv>

namespace thimble::ric {

std::string joined(std::initializer_list<std::string_view> texts) {
  std::string all;
  for (const std::string_view text : texts) all.append(text);
  return all;
}

void append_number(std::string& out, std::size_t number, int base) {
  std::array<char, 24> digits{};
  const auto [end, error] =
      std::to_chars(digits.data(), digits.data() + digits.size(), number, base);
  out.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

RequestHead::RequestHead(std::string_view host)
    : common_(joined({" HTTP/1.1\r\nHost: ", host,
                      "\r\nUser-Agent: thimble-ric-cpp/" THIMBLE_VERSION "\r\n"})) {}

void RequestHead::start(std::string_view method, std::initializer_list<std::string_view> path) {
  text_.assign(method).append(" ");
  for (const std::string_view piece : path) text_.append(piece);
  text_.append(common_);
}

void RequestHead::header(std::string_view name, std::string_view value) {
  text_.append(name).append(": ").append(value).append("\r\n");
}

void RequestHead::end(std::string_view content_type, std::size_t body_size) {
  header("Content-Type", content_type);
  text_.append("Content-Length: ");
  append_number(text_, body_size);
  text_.append("\r\n\r\n");
}

}  // namespace thimble::ric
