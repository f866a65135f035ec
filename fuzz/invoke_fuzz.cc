// Reads any bytes as what a caller sends: a path's function and a query (f), a client context (b),
// a payload and its type (p); and writes them into what a caller gets: events of a stream (e), the
// head of an answer (h), an error (j).

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <thimble/base/base64.h>
#include <thimble/http/exchange.h>
#include <thimble/json/query.h>

#include "check.h"
#include "invoke/event_stream.h"
#include "invoke/function_reference.h"
#include "invoke/payload.h"
#include "json_error.h"
#include "reply_head.h"

namespace {

using namespace thimble;
using fuzz::check;

void check_reference(std::string_view bytes) {
  const std::size_t mark = bytes.find('?');
  const std::string_view query =
      mark == std::string_view::npos ? std::string_view() : bytes.substr(mark + 1);
  const auto reference = emulator::parse_function_reference(bytes.substr(0, mark), query);
  if (!reference) {
    check(!reference.error().message.empty(), "a refusal says why");
    return;
  }
  check(reference->qualifier.size() <= 128, "a qualifier is short");
  check(reference->qualifier.find_first_of("\r\n :%") == std::string::npos,
        "a qualifier is one word");
  check(reference->name.size() <= bytes.size(), "a name is part of the path");
}

void check_base64(std::string_view bytes) {
  const auto decoded = base64_decode(bytes);
  check(!decoded || base64_encode(*decoded) == bytes, "only one text stands for some bytes");
  const auto back = base64_decode(base64_encode(bytes));
  check(back && *back == bytes, "what was encoded is decoded");
}

void check_payload(std::string_view bytes) {
  const auto [type, payload] = fuzz::split_line(bytes);
  const auto checked = emulator::check_payload(payload);
  check(checked.has_value() || !checked.error().message.empty(), "a refusal says why");
  if (!payload.empty() && json::valid(payload)) check(checked.has_value(), "JSON is a payload");
  if (emulator::may_be_json(type)) {
    check(emulator::may_be_json(std::string(type) + "; charset=utf-8"), "a parameter is no type");
  }
}

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = at; i < at + 4; ++i)
    number = number << 8 | static_cast<unsigned char>(bytes[i]);
  return number;
}

// Byte by byte, with a table that was made bit by bit, as the standard says it.
std::uint32_t plain_crc32(std::string_view bytes) {
  static const auto table = [] {
    std::array<std::uint32_t, 256> made{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      made[i] = i;
      for (int bit = 0; bit < 8; ++bit)
        made[i] = (made[i] >> 1) ^ ((made[i] & 1) != 0 ? 0xedb88320 : 0);
    }
    return made;
  }();
  std::uint32_t crc = 0xffffffff;
  for (const char c : bytes) crc = (crc >> 8) ^ table[(crc ^ static_cast<unsigned char>(c)) & 0xff];
  return ~crc;
}

struct Event {
  std::string type;
  std::string payload;
};

// Takes the first message off `stream`.
Event take_event(std::string_view& stream) {
  check(stream.size() >= 16, "a message has its lengths");
  const std::size_t total = number_at(stream, 0);
  const std::size_t headers = number_at(stream, 4);
  check(total <= stream.size() && headers + 16 <= total, "its lengths are right");
  check(number_at(stream, 8) == plain_crc32(stream.substr(0, 8)), "its first checksum is right");
  check(number_at(stream, total - 4) == plain_crc32(stream.substr(0, total - 4)),
        "its second checksum is right");
  Event event;
  event.payload = stream.substr(12 + headers, total - 16 - headers);
  std::string_view fields = stream.substr(12, headers);
  while (!fields.empty()) {
    const std::size_t name = static_cast<unsigned char>(fields[0]);
    const std::size_t value = 1 + name + 3;
    check(fields.size() >= value && fields[1 + name] == 7, "a field is a string");
    const std::size_t size = number_at(fields, value - 4) & 0xffff;
    check(fields.size() >= value + size, "a field ends inside of the message");
    if (fields.substr(1, name) == ":event-type") event.type = fields.substr(value, size);
    fields.remove_prefix(value + size);
  }
  stream.remove_prefix(total);
  return event;
}

void check_events(std::string_view bytes) {
  // Enough for several messages, now and then.
  std::string payload(bytes);
  if (bytes.size() > 2 && bytes[0] == 'L') {
    while (payload.size() < 300'000) payload += payload;
  }
  std::string stream;
  emulator::append_payload(stream, payload);
  emulator::append_complete(stream, {.error_code = bytes.substr(0, bytes.size() / 2),
                                     .error_details = bytes,
                                     .log_result = base64_encode(bytes)});
  std::string_view rest = stream;
  std::string read;
  for (;;) {
    const Event event = take_event(rest);
    if (event.type == "PayloadChunk") {
      read += event.payload;
      continue;
    }
    check(event.type == "InvokeComplete", "the end is told");
    check(json::valid(event.payload), "how it ended is JSON");
    break;
  }
  check(rest.empty(), "nothing follows the end");
  check(read == payload, "the payload comes whole");
}

void check_head(std::string_view bytes) {
  const auto [value, rest] = fuzz::split_line(bytes);
  const std::array<http::Header, 2> headers{{{"X-First", bytes}, {"X-Second", rest}}};
  std::string head;
  http::append_reply_head(
      head, {.status = 200, .content_type = bytes.empty() ? "a" : bytes, .headers = headers}, 7,
      false, "now");
  std::size_t lines = 0;
  for (std::string_view left = head; !left.empty(); ++lines) {
    const std::size_t end = left.find("\r\n");
    check(end != std::string_view::npos, "a line has its end");
    for (const char c : left.substr(0, end))
      check(static_cast<unsigned char>(c) >= 0x20 || c == '\t', "a line has no control characters");
    left.remove_prefix(end + 2);
  }
  check(lines == 7, "no line is added");
}

void check_error(std::string_view bytes) {
  const auto [type, message] = fuzz::split_line(bytes);
  check(json::valid(emulator::runtime_api_error(type, message)), "an error is JSON");
  check(json::valid(emulator::function_error(type, message)), "an error is JSON");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto [subject, bytes] = fuzz::input_of(data, size);
  if (subject == 'f') check_reference(bytes);
  if (subject == 'b') check_base64(bytes);
  if (subject == 'p') check_payload(bytes);
  if (subject == 'e') check_events(bytes);
  if (subject == 'h') check_head(bytes);
  if (subject == 'j') check_error(bytes);
  return 0;
}
