#include "event_stream.h"

#include <string>

#include <gtest/gtest.h>

namespace thimble::emulator {
namespace {

std::string text_of(const PayloadChunk& chunk) {
  std::string text;
  for (const std::string_view part : chunk.parts()) text += part;
  return text;
}

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = at; i < at + 4; ++i)
    number = number << 8 | static_cast<unsigned char>(bytes[i]);
  return number;
}

TEST(EventStream, CountsCrc32AsZlibDoes) {
  EXPECT_EQ(crc32(""), 0u);
  EXPECT_EQ(crc32("123456789"), 0xCBF43926u);  // the check value of every CRC catalogue
  EXPECT_EQ(crc32("The quick brown fox jumps over the lazy dog"), 0x414FA339u);
  const std::string bytes(1000, '\xfe');
  for (std::size_t cut = 0; cut <= 40; ++cut) {
    EXPECT_EQ(crc32(bytes.substr(cut), crc32(bytes.substr(0, cut))), crc32(bytes)) << cut;
  }
}

// The bytes Python's botocore and zlib agree on.
TEST(EventStream, WritesAPayloadChunk) {
  using namespace std::string_literals;
  EXPECT_EQ(text_of(PayloadChunk("hi")),
            "\x00\x00\x00\x6c\x00\x00\x00\x5a"s + "\xb2\x5e\xfd\xcf"s +
                "\x0b:event-type\x07\0\x0cPayloadChunk"s + "\x0d:content-type\x07\0\x18"s +
                "application/octet-stream" + "\x0d:message-type\x07\0\x05"s + "event" + "hi" +
                "\x11\x62\xe4\x69"s);
}

TEST(EventStream, WritesTheEndOfAStream) {
  std::string out = "before";
  append_complete(out, {});
  EXPECT_TRUE(out.starts_with("before"));
  const std::string empty = out.substr(6);
  EXPECT_EQ(empty.substr(empty.size() - 6, 2), "{}");
  EXPECT_NE(empty.find("InvokeComplete"), std::string::npos);
  EXPECT_NE(empty.find("application/json"), std::string::npos);
  EXPECT_EQ(number_at(empty, 0), empty.size());
  EXPECT_EQ(number_at(empty, 8), crc32(empty.substr(0, 8)));
  EXPECT_EQ(number_at(empty, empty.size() - 4), crc32(empty.substr(0, empty.size() - 4)));

  std::string error;
  append_complete(error, {.error_code = "A\"B", .error_details = "{}", .log_result = "TG9n"});
  const std::string_view json = R"({"ErrorCode":"A\"B","ErrorDetails":"{}","LogResult":"TG9n"})";
  EXPECT_EQ(error.substr(error.size() - 4 - json.size(), json.size()), json);
}

TEST(EventStream, CutsALargePayload) {
  std::string out;
  append_payload(out, std::string(600 * 1024, 'x'));
  std::size_t messages = 0;
  std::size_t payload = 0;
  for (std::size_t at = 0; at < out.size(); at += number_at(out, at)) {
    ++messages;
    payload += number_at(out, at) - number_at(out, at + 4) - 16;
  }
  EXPECT_EQ(messages, 3u);
  EXPECT_EQ(payload, 600u * 1024);
  out.clear();
  append_payload(out, "");
  EXPECT_EQ(out, "");
}

}  // namespace
}  // namespace thimble::emulator
