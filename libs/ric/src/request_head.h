#pragma once
// The head of a request to the Runtime API, made in memory that is used again.

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace thimble::ric {

// The texts, one after the other.
[[nodiscard]] std::string joined(std::initializer_list<std::string_view> texts);

void append_number(std::string& out, std::size_t number, int base = 10);

// start(), then headers, then one of the ends.
class RequestHead final {
 public:
  // `host` is the value of the Host header.
  explicit RequestHead(std::string_view host);

  // The request line, with the path in pieces, and the headers of every request.
  void start(std::string_view method, std::initializer_list<std::string_view> path);
  // `value` must have no line's end.
  void header(std::string_view name, std::string_view value);
  void end() { text_.append("\r\n"); }
  // With the length of the body that follows.
  void end(std::string_view content_type, std::size_t body_size);

  [[nodiscard]] std::string_view text() const { return text_; }

 private:
  std::string common_;
  std::string text_;
};

}  // namespace thimble::ric
