#pragma once
// Reads the Runtime API's answers where they arrive: nothing is copied but the pieces of a chunked
// body, and the memory is used again.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <thimble/base/buffer.h>

namespace thimble::ric {

struct Header {
  std::string_view name;
  std::string_view value;
};

// Takes the first header off the lines of a head. A line that is none is passed over; false at the
// end.
[[nodiscard]] bool take_header(std::string_view& lines, Header& header);

[[nodiscard]] bool same_text_ignoring_case(std::string_view a, std::string_view b);

// HTTP/1.1 responses (RFC 9112), one after the other on a connection:
//
//   reader.start();
//   while (reader.state() == State::kMore) {
//     n = recv(fd, reader.room());
//     n > 0 ? reader.received(n) : reader.ended();
//   }
class ResponseReader final {
 public:
  enum class State : std::uint8_t {
    kMore,
    kDone,
    kBad,  // not HTTP, or more of it than can be meant
  };

  static constexpr std::size_t kMostHead = std::size_t{1} << 20;
  static constexpr std::size_t kMostBody = std::size_t{256} << 20;

  // Forgets the response, whose views end here, and reads the next one. Bytes that came after it
  // are its beginning.
  void start();

  // Forgets all that was received: the next bytes are those of another connection.
  void reset();

  // Where to put what the connection has, never empty. It has room for the rest of the body, if its
  // size is known.
  [[nodiscard]] std::span<char> room();
  void received(std::size_t bytes);

  // The peer has closed.
  void ended();

  [[nodiscard]] State state() const { return state_; }
  // Whether anything of this response has come.
  [[nodiscard]] bool has_begun() const { return has_interim_ || buffer_.size() > begin_; }

  // Of a response that is done; the views end with start().
  [[nodiscard]] int status() const { return status_; }
  [[nodiscard]] std::string_view header_lines() const {
    return buffer_.view().substr(begin_ + line_size_, head_size_ - line_size_);
  }
  [[nodiscard]] std::string_view body() const {
    return buffer_.view().substr(begin_ + head_size_, body_size_);
  }
  // Whether bytes came after it.
  [[nodiscard]] bool has_more() const { return buffer_.size() > begin_ + at_; }
  // Whether another request may follow on the connection.
  [[nodiscard]] bool keeps_alive() const { return keeps_alive_; }

 private:
  enum class Body : std::uint8_t { kLength, kChunks, kUntilEnd };

  void read();
  [[nodiscard]] bool read_head();
  [[nodiscard]] bool read_header(const Header& header);
  void read_chunks();
  void refuse() { state_ = State::kBad; }

  Buffer buffer_;
  std::size_t begin_ = 0;      // of the response, in the buffer
  std::size_t line_size_ = 0;  // of the status line, with its end
  std::size_t head_size_ = 0;  // with the empty line; 0 until it is whole
  std::size_t body_size_ = 0;  // what is decoded, or what Content-Length says
  std::size_t at_ = 0;         // what is read, from begin_; of a head: what holds no end of it
  std::size_t chunk_left_ = 0;
  int status_ = 0;
  State state_ = State::kMore;
  Body body_ = Body::kUntilEnd;
  bool has_length_ = false;
  bool has_interim_ = false;
  bool keeps_alive_ = true;
  enum class Chunk : std::uint8_t { kSize, kData, kEnd, kTrailers } chunk_ = Chunk::kSize;
};

}  // namespace thimble::ric
