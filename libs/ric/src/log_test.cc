#include "thimble/ric/log.h"

#include <cstdint>
#include <limits>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "log_request.h"

namespace thimble::ric::log {
namespace {

// The line that is written, without its level and its time.
template <class Write>
std::string line_of(Write write) {
  testing::internal::CaptureStderr();
  write();
  const std::string line = testing::internal::GetCapturedStderr();
  const std::size_t tab = line.find('\t', line.find('\t') + 1);
  return tab == std::string::npos ? line : line.substr(tab + 1);
}

std::string value_of(const Field& field) {
  const std::string line = line_of([&field] { info("m", {field}); });
  EXPECT_TRUE(line.starts_with("\tm f=") && line.ends_with("\n")) << line;
  return line.substr(5, line.size() - 6);
}

TEST(Log, WritesEveryKindOfNumber) {
  EXPECT_EQ(value_of({"f", 0}), "0");
  EXPECT_EQ(value_of({"f", std::int8_t{-5}}), "-5");
  EXPECT_EQ(value_of({"f", std::uint16_t{65535}}), "65535");
  EXPECT_EQ(value_of({"f", std::numeric_limits<std::int64_t>::min()}), "-9223372036854775808");
  EXPECT_EQ(value_of({"f", std::numeric_limits<std::uint64_t>::max()}), "18446744073709551615");
  EXPECT_EQ(value_of({"f", 0.25}), "0.25");
  EXPECT_EQ(value_of({"f", -1e300}), "-1e+300");
  EXPECT_EQ(value_of({"f", 1.5F}), "1.5");
  EXPECT_EQ(value_of({"f", std::numeric_limits<double>::quiet_NaN()}), "null");
}

TEST(Log, WritesTextsAndBooleans) {
  EXPECT_EQ(value_of({"f", true}), "true");
  EXPECT_EQ(value_of({"f", false}), "false");
  EXPECT_EQ(value_of({"f", "text"}), "text");
  EXPECT_EQ(value_of({"f", std::string("é")}), "é");
  EXPECT_EQ(value_of({"f", std::string_view("a\nb\r\nc")}), "a\rb\r\rc");
}

TEST(Log, SaysItsLevel) {
  testing::internal::CaptureStderr();
  debug("not by default");
  trace("nor this");
  info("i");
  warn("w");
  error("e");
  fatal("f");
  const std::string lines = testing::internal::GetCapturedStderr();
  for (const char* level : {"[INFO]\t", "[WARN]\t", "[ERROR]\t", "[FATAL]\t"}) {
    EXPECT_NE(lines.find(level), std::string::npos);
  }
  EXPECT_EQ(lines.find("by default"), std::string::npos);
  EXPECT_FALSE(is_enabled(Level::kDebug));
  EXPECT_TRUE(is_enabled(Level::kInfo));
}

TEST(Log, HasTheRequestIdOfItsThread) {
  set_request_id("id-1");
  EXPECT_EQ(line_of([] { info("here"); }), "id-1\there\n");
  EXPECT_EQ(line_of([] { std::thread([] { info("there"); }).join(); }), "\tthere\n");
  set_request_id({});
  EXPECT_EQ(line_of([] { info("here"); }), "\there\n");
}

}  // namespace
}  // namespace thimble::ric::log
