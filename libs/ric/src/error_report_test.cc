#include "error_report.h"

#include <string>

#include <gtest/gtest.h>

#include <thimble/json/query.h>
#include <thimble/json/reader.h>

namespace thimble::ric {
namespace {

std::string body(const HandlerError& error) {
  std::string out = "before";
  write_error_body(error, out);
  EXPECT_TRUE(out.starts_with("before"));
  return out.substr(6);
}

bool is_json(std::string_view text) {
  std::string scratch;
  json::Reader reader(text, scratch);
  reader.skip_value();
  return reader.finish().has_value();
}

bool is_header(std::string_view text) {
  for (const char c : text) {
    if (c < ' ' || c >= '\x7f') return false;
  }
  return true;
}

// The value of the first "name":"…" in the text, as it stands there.
std::string text_of(const std::string& json, const std::string& name) {
  const std::size_t begin = json.find("\"" + name + "\":\"") + name.size() + 4;
  return json.substr(begin, json.find('"', begin) - begin);
}

TEST(ErrorBody, HasItsMembersInTheirOrder) {
  const std::string with_stack = body({"App.Error", "no", {{"a.cc", 7, "f()"}, {"b.cc", 0, ""}}});
  EXPECT_EQ(with_stack,
            "{\"errorMessage\":\"no\",\"errorType\":\"App.Error\",\"stackTrace\":["
            "{\"path\":\"a.cc\",\"line\":7,\"label\":\"f()\"},"
            "{\"path\":\"b.cc\",\"line\":0,\"label\":\"\"}]}");
  EXPECT_EQ(body({.type = "", .message = "no"}),
            "{\"errorMessage\":\"no\",\"errorType\":\"Error\",\"stackTrace\":[]}");
  EXPECT_EQ(body({}), "{\"errorMessage\":\"\",\"errorType\":\"Error\",\"stackTrace\":[]}");
}

TEST(ErrorBody, KeepsUtf8AsItIs) {
  EXPECT_EQ(body({"Größe", "é \u20ac \U0001F600"}),
            "{\"errorMessage\":\"é \u20ac \U0001F600\",\"errorType\":\"Größe\",\"stackTrace\":[]}");
}

TEST(ErrorBody, IsJsonWhateverIsInIt) {
  std::string all;
  for (int c = 0; c < 256; ++c) all.push_back(static_cast<char>(c));
  EXPECT_TRUE(is_json(body({all, all, {{all, 4294967295U, all}}})));
}

TEST(ErrorBody, IsNotShortened) {
  EXPECT_NE(body({"E", std::string(1 << 20, 'm')}).find(std::string(1 << 20, 'm')),
            std::string::npos);
}

TEST(XRayCause, HasItsMembersInTheirOrder) {
  const std::string cause = xray_cause({"App.Error", "no", {{"a.cc", 7, "f()"}}});
  const std::string_view exceptions =
      "\",\"exceptions\":[{\"message\":\"no\",\"type\":\"App.Error\",\"stack\":"
      "[{\"label\":\"f()\",\"path\":\"a.cc\",\"line\":7}]}],\"paths\":[]}";
  EXPECT_TRUE(cause.starts_with("{\"working_directory\":\"/")) << cause;
  EXPECT_TRUE(cause.ends_with(exceptions)) << cause;
}

TEST(XRayCause, IsPrintableAsciiWhateverIsInIt) {
  std::string all;
  for (int c = 0; c < 256; ++c) all.push_back(static_cast<char>(c));
  const std::string cause = xray_cause({all, all + "\r\nX: y", {{all, 1, all}}});
  EXPECT_TRUE(is_json(cause));
  EXPECT_TRUE(is_header(cause)) << cause;
  EXPECT_EQ(text_of(xray_cause({"E", "\u00e9"}), "message"), "\\u00e9");
}

TEST(XRayCause, IsShortenedButNotInsideACharacter) {
  for (std::size_t before = 1020; before <= 1024; ++before) {
    const std::string cause = xray_cause({"E", std::string(before, 'm') + "\U0001F600 and more"});
    EXPECT_EQ(text_of(cause, "message"),
              std::string(before, 'm') + (before == 1020 ? "\\ud83d\\ude00" : ""));
  }
  // Not UTF-8 at all.
  EXPECT_TRUE(is_json(xray_cause({"E", std::string(5000, '\x80')})));
}

TEST(XRayCause, IsNeverTooLargeForAHeader) {
  for (const char c : {'x', '"', '\1', '\xff'}) {
    HandlerError error{std::string(9000, c), std::string(9000, c)};
    EXPECT_LE(xray_cause(error).size(), kMostCause);
    error.stack.assign(1000, {std::string(9000, c), 4294967295U, std::string(9000, c)});
    const std::string cause = xray_cause(error);
    EXPECT_LE(cause.size(), kMostCause);
    EXPECT_TRUE(is_json(cause));
    EXPECT_NE(cause.find("\"line\":4294967295"), std::string::npos);
  }
}

TEST(XRayCause, HasSixteenFrames) {
  HandlerError error{"E", "no"};
  error.stack.assign(17, {"a.cc", 7, "f"});
  const std::string cause = xray_cause(error);
  std::size_t frames = 0;
  for (std::size_t at = 0; (at = cause.find("\"line\"", at)) != std::string::npos; ++at) ++frames;
  EXPECT_EQ(frames, 16U);
}

TEST(HeaderText, IsOneWordOfPrintableAscii) {
  EXPECT_EQ(header_text("Runtime.Unknown"), "Runtime.Unknown");
  EXPECT_EQ(header_text("a\r\nX: y\t\x7f\x01"), "a??X:?y???");
  EXPECT_EQ(header_text("é"), "??");
  EXPECT_EQ(header_text(""), "");
  EXPECT_EQ(header_text(std::string(5000, 't')), std::string(1024, 't'));
}

TEST(ShortErrorBody, FitsIntoATrailerWhateverIsInIt) {
  HandlerError error{"App.Error", std::string(100'000, '\1'), {}};
  for (int i = 0; i < 100; ++i) error.stack.push_back({std::string(10'000, 'p'), 7, "f"});
  std::string out;
  write_short_error_body(error, out);
  EXPECT_LE(out.size(), 6 * 1024U);
  EXPECT_TRUE(json::valid(out));
  out.clear();
  write_short_error_body({"App.Error", "no"}, out);
  EXPECT_EQ(out, "{\"errorMessage\":\"no\",\"errorType\":\"App.Error\",\"stackTrace\":[]}");
}

}  // namespace
}  // namespace thimble::ric
