#pragma once
// Reads answers to our own requests, as far as a client needs that does not want their bodies.

#include <cstddef>
#include <string>
#include <string_view>

namespace thimble::emulator {

// One HTTP/1.1 response (RFC 9112), fed in pieces. The body is thrown away.
class ResponseReader final {
 public:
  enum class State {
    kHead,
    kBody,
    kDone,
    kBad,  // not HTTP, or more head than anybody needs
  };

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] int status() const { return status_; }
  // Whether another request may follow on this connection. Only when kDone.
  [[nodiscard]] bool keeps_alive() const { return keeps_alive_; }
  [[nodiscard]] bool has_begun() const { return has_begun_; }

  // What comes after the response's end is bad too: nobody has asked for it.
  void feed(std::string_view bytes);
  // The peer has closed.
  void on_end();

 private:
  enum class Body { kLength, kChunkSize, kChunk, kChunkEnd, kTrailers, kUntilEnd };
  static constexpr std::size_t kMostHead = 32 * 1024;

  void read_head();
  void read_field(std::string_view name, std::string_view value);
  [[nodiscard]] bool read_body(std::string_view& bytes);
  // The next line of a chunked body; false until it is whole.
  [[nodiscard]] bool read_line(std::string_view& bytes);

  State state_ = State::kHead;
  Body body_ = Body::kUntilEnd;
  int status_ = 0;
  bool has_begun_ = false;
  bool keeps_alive_ = true;
  std::string text_;      // the head, or a line, so far
  std::size_t left_ = 0;  // of the body or the chunk
};

}  // namespace thimble::emulator
