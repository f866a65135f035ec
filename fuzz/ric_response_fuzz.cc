// Reads any bytes as the Runtime API's answers, whole and in pieces.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "check.h"
#include "response_reader.h"

namespace {

using namespace thimble;
using fuzz::check;
using ric::ResponseReader;
using State = ResponseReader::State;

// Gives the reader what there is, at most `step` bytes at a time, until the response is whole or
// wrong. Returns what is left.
std::string_view feed(ResponseReader& reader, std::string_view bytes, std::size_t step) {
  while (!bytes.empty() && reader.state() == State::kMore) {
    const auto room = reader.room();
    check(!room.empty(), "there is always room");
    const std::size_t size = std::min({bytes.size(), step, room.size()});
    std::memcpy(room.data(), bytes.data(), size);
    reader.received(size);
    bytes.remove_prefix(size);
  }
  return bytes;
}

// The responses in `bytes`, one after the other as on one connection, up to the first that does not
// come whole.
std::string read_all(std::string_view bytes, std::size_t step) {
  ResponseReader reader;
  std::string told;
  for (int i = 0; i < 8; ++i) {
    reader.start();
    bytes = feed(reader, bytes, step);
    const bool is_at_end = reader.state() == State::kMore;
    if (is_at_end) {
      check(bytes.empty(), "who wants more has read everything");
      reader.ended();
      check(reader.state() != State::kMore, "an end is an end");
    }
    if (reader.state() == State::kBad) return told.append("bad\n");
    check(reader.status() >= 102 && reader.status() <= 999, "what is done has a status");
    check(!is_at_end || !reader.keeps_alive(), "nothing follows an end");
    told.append(std::to_string(reader.status())).append(reader.keeps_alive() ? " +\n" : " -\n");
    std::string_view lines = reader.header_lines();
    check(lines.ends_with("\r\n"), "a head has an end");
    ric::Header header;
    while (ric::take_header(lines, header)) {
      check(!header.name.empty(), "a header has a name");
      check(header.name.find("\r\n") == std::string_view::npos, "a name is one line");
      check(header.value.find("\r\n") == std::string_view::npos, "a value is one line");
      told.append(header.name).append("=").append(header.value).append("\n");
    }
    told.append(reader.body()).append("\n");
    if (is_at_end) return told;
  }
  return told;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string whole = read_all(bytes, size == 0 ? 1 : size);
  check(read_all(bytes, 1) == whole, "bytes are read as the whole");
  // Splits that depend on the input.
  const std::size_t step = size == 0 ? 1 : 2 + data[size / 2] % 31;
  check(read_all(bytes, step) == whole, "pieces are read as the whole");
  return 0;
}
