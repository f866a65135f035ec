#include "event_stream.h"

#include <algorithm>
#include <cstddef>

#include "thimble/json/writer.h"

namespace thimble::emulator {
namespace {

// AWS's own clients take messages of 16 MB and more; this is what a reader has to wait for.
constexpr std::size_t kLargestPayload = 256 * 1024;

// Eight tables, so that eight bytes are taken at once: 200 MB are nothing to wait for.
using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

consteval Tables make_tables() {
  Tables tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320u : 0);
    tables[0][i] = crc;
  }
  for (std::size_t i = 0; i < 256; ++i) {
    for (std::size_t t = 1; t < 8; ++t) {
      const std::uint32_t before = tables[t - 1][i];
      tables[t][i] = (before >> 8) ^ tables[0][before & 0xff];
    }
  }
  return tables;
}

constexpr Tables kTables = make_tables();

std::uint32_t byte_at(std::string_view bytes, std::size_t i) {
  return static_cast<unsigned char>(bytes[i]);
}

void append_big_endian(std::string& out, std::uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift);
}

// A header whose value is a string (type 7).
void append_header(std::string& out, std::string_view name, std::string_view value) {
  out += static_cast<char>(name.size());
  out += name;
  out += '\x07';
  out += static_cast<char>(value.size() >> 8);
  out += static_cast<char>(value.size());
  out += value;
}

// Everything of a message before its payload: both lengths, their CRC, headers.
std::string message_head(std::string_view event_type, std::string_view content_type,
                         std::size_t payload_size) {
  std::string headers;
  append_header(headers, ":event-type", event_type);
  append_header(headers, ":content-type", content_type);
  append_header(headers, ":message-type", "event");

  constexpr std::size_t kAround = 4 + 4 + 4 + 4;  // two lengths, two CRCs
  std::string head;
  head.reserve(12 + headers.size());
  append_big_endian(head, static_cast<std::uint32_t>(kAround + headers.size() + payload_size));
  append_big_endian(head, static_cast<std::uint32_t>(headers.size()));
  append_big_endian(head, crc32(head));
  return head += headers;
}

}  // namespace

std::uint32_t crc32(std::string_view bytes, std::uint32_t before) {
  std::uint32_t crc = ~before;
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    crc ^= byte_at(bytes, 0) | byte_at(bytes, 1) << 8 | byte_at(bytes, 2) << 16 |
           byte_at(bytes, 3) << 24;
    crc = kTables[7][crc & 0xff] ^ kTables[6][crc >> 8 & 0xff] ^ kTables[5][crc >> 16 & 0xff] ^
          kTables[4][crc >> 24] ^ kTables[3][byte_at(bytes, 4)] ^ kTables[2][byte_at(bytes, 5)] ^
          kTables[1][byte_at(bytes, 6)] ^ kTables[0][byte_at(bytes, 7)];
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    crc = (crc >> 8) ^ kTables[0][(crc ^ byte_at(bytes, i)) & 0xff];
  }
  return ~crc;
}

PayloadChunk::PayloadChunk(std::string_view payload)
    : head_(message_head("PayloadChunk", "application/octet-stream", payload.size())),
      payload_(payload) {
  const std::uint32_t crc = crc32(payload, crc32(head_));
  for (std::size_t i = 0; i < 4; ++i) end_[i] = static_cast<char>(crc >> (24 - 8 * i));
}

void append_payload(std::string& out, std::string_view payload) {
  while (!payload.empty()) {
    const std::string_view piece = payload.substr(0, kLargestPayload);
    payload.remove_prefix(piece.size());
    const PayloadChunk chunk(piece);
    for (const std::string_view part : chunk.parts()) out += part;
  }
}

void append_complete(std::string& out, const InvokeComplete& complete) {
  std::string json;
  json::Writer writer(json);
  writer.begin_object();
  if (!complete.error_code.empty()) writer.key("ErrorCode").string(complete.error_code);
  if (!complete.error_details.empty()) writer.key("ErrorDetails").string(complete.error_details);
  if (!complete.log_result.empty()) writer.key("LogResult").string(complete.log_result);
  writer.end_object();

  std::string message = message_head("InvokeComplete", "application/json", json.size());
  message += json;
  append_big_endian(message, crc32(message));
  out += message;
}

}  // namespace thimble::emulator
