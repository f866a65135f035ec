#pragma once
// Writes the head of an HTTP/1.1 answer.

#include <cstddef>
#include <string>

#include "thimble/base/clock.h"
#include "thimble/http/exchange.h"

namespace thimble::http {

// The words after a status code, as in RFC 9110 section 15; "Status" for one that has none.
[[nodiscard]] std::string_view reason_phrase(int status);

// Formats the Date header's value once a second.
class DateText final {
 public:
  explicit DateText(const Clock& clock) : clock_(clock) {}
  // An IMF-fixdate of RFC 9110 section 5.6.7; valid until the next call.
  [[nodiscard]] std::string_view now();

 private:
  const Clock& clock_;
  Seconds written_{-1};
  char text_[32] = {};
};

// How the end of a reply's body is told.
enum class Framing {
  kLength,
  kChunks,
  kClose,  // only by the end of the connection, as HTTP/1.0 needs it
};

// Appends status line and headers, up to and with the empty line. `content_length` is for kLength.
void append_reply_head(std::string& out, const Reply& reply, std::size_t content_length, bool close,
                       std::string_view date, Framing framing = Framing::kLength);

}  // namespace thimble::http
