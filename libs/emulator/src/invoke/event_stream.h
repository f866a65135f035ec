#pragma once
// Messages of application/vnd.amazon.eventstream, as InvokeWithResponseStream answers
// (https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStreamResponseEvent.html).

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace thimble::emulator {

inline constexpr std::string_view kEventStreamType = "application/vnd.amazon.eventstream";

// CRC-32 as in zlib and PNG, of `bytes` after those that gave `before`.
[[nodiscard]] std::uint32_t crc32(std::string_view bytes, std::uint32_t before = 0);

// What stands before and after a PayloadChunk's payload, which needs no copy that way.
class PayloadChunk final {
 public:
  explicit PayloadChunk(std::string_view payload);

  // The message in three parts; valid as long as this and the payload.
  [[nodiscard]] std::array<std::string_view, 3> parts() const {
    return {head_, payload_, {end_.data(), end_.size()}};
  }

 private:
  std::string head_;
  std::string_view payload_;
  std::array<char, 4> end_;
};

// How a stream ended; what is empty is left out.
struct InvokeComplete {
  std::string_view error_code = {};
  std::string_view error_details = {};
  std::string_view log_result = {};  // base64
};

// Appends `payload` as PayloadChunks, several if it is large.
void append_payload(std::string& out, std::string_view payload);
void append_complete(std::string& out, const InvokeComplete& complete);

}  // namespace thimble::emulator
