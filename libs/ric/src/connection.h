#pragma once
// One keep-alive connection to the Runtime API, a request at a time.

#include <cstddef>
#include <string_view>

#include <thimble/base/fd.h>
#include <thimble/base/result.h>

#include "endpoint.h"
#include "response_reader.h"

namespace thimble::ric {

// Blocking. Connects when it has to; a connection the peer has closed meanwhile is replaced once,
// without a word.
class Connection final {
 public:
  explicit Connection(Endpoint endpoint) : endpoint_(std::move(endpoint)) {}

  // Sends one request and reads its answer, which is in `response()` until the next call. A request
  // that the peer may have seen is sent again only if it closed without a byte of an answer.
  [[nodiscard]] Result<void> exchange(std::string_view head, std::string_view body);

  // A request in pieces: begin() sends the head, then send(), then finish() reads the answer.
  // begin() may replace the connection, the others do not. A send() that fails leaves half a
  // request: all that is left to do is finish(), which reads what answer there is.
  [[nodiscard]] Result<void> begin(std::string_view head);
  [[nodiscard]] Result<void> send(std::string_view a, std::string_view b, std::string_view c);
  [[nodiscard]] Result<void> finish();

  [[nodiscard]] const ResponseReader& response() const { return response_; }
  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }

  // The next request uses a new connection.
  void close();

 private:
  enum class Sent { kAll, kAnswered, kFailed };

  [[nodiscard]] Result<void> open();
  [[nodiscard]] Sent send_all(std::string_view a, std::string_view b, std::string_view c);
  [[nodiscard]] Result<void> read_response();

  Endpoint endpoint_;
  Fd fd_;
  ResponseReader response_;
  bool is_used_ = false;     // whether an answer has come on it
  bool is_cut_off_ = false;  // whether a request was sent in part only
  int error_ = 0;            // errno of the last failure
};

}  // namespace thimble::ric
