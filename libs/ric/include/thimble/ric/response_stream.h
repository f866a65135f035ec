#pragma once
// An answer that reaches the caller while it is being made.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <thimble/base/result.h>

namespace thimble::ric {

// What stands before the body of a streamed HTTP response.
struct HttpResponseHead {
  int status_code = 200;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::vector<std::string> cookies = {};
};

// Takes a handler's answer piece by piece
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming):
//
//   thimble::Result<void> handle(std::string_view event, const Context&, ResponseStream& out) {
//     for (const auto& row : rows) if (auto sent = out.write(row); !sent) return sent;
//     return {};
//   }
//
// Each write is sent at once, and waits while the caller reads too slowly. A handler that fails
// before the first byte has failed like any other; after it, the caller is told at the end of the
// stream.
class ResponseStream final {
 public:
  // Where the pieces go: Lambda, or what a test wants.
  class Sink {
   public:
    virtual ~Sink() = default;
    // Comes before the first piece, and again only if it has failed.
    [[nodiscard]] virtual Result<void> begin(std::string_view content_type) = 0;
    // `piece` is never empty.
    [[nodiscard]] virtual Result<void> write(std::string_view piece) = 0;
  };

  explicit ResponseStream(Sink& sink) : sink_(sink) {}
  ResponseStream(const ResponseStream&) = delete;
  ResponseStream& operator=(const ResponseStream&) = delete;

  // "application/octet-stream" unless it is said before the first byte. Nothing can be written
  // under one with control characters.
  void set_content_type(std::string content_type) { content_type_ = std::move(content_type); }

  // Status, headers and cookies for the client of a function URL or of API Gateway; before the
  // first write, with which they are sent; later ones are left out.
  void set_http_head(const HttpResponseHead& head);

  // Sends a piece. After a failure the caller is gone, and every write fails.
  [[nodiscard]] Result<void> write(std::string_view piece);

  // Sends what set_http_head() has left to send, if nothing was written; and an empty answer's
  // beginning.
  [[nodiscard]] Result<void> flush();

  [[nodiscard]] bool has_begun() const { return has_begun_; }

 private:
  [[nodiscard]] Result<void> begin();

  Sink& sink_;
  std::string content_type_;
  std::optional<HttpResponseHead> http_head_;
  bool has_begun_ = false;
};

}  // namespace thimble::ric
